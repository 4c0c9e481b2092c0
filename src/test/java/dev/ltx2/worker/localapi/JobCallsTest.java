package dev.ltx2.worker.localapi;

import static dev.ltx2.worker.localapi.TestServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.localapi.TestServer.With;
import dev.ltx2.worker.localapi.queue.EngineState;
import dev.ltx2.worker.localapi.queue.QueueLimits;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The platform's operations, over HTTP. */
class JobCallsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "/v2/any-endpoint"})
  void aJobGoesItsWay(String prefix) throws Exception {
    try (TestServer server = new TestServer(folder)) {
      JsonNode accepted =
          good(server.post(prefix + "/run", "{\"input\":{\"wait\":true,\"duration\":1}}"));
      assertThat(accepted.size()).isEqualTo(2);
      assertThat(accepted.path("status").asText()).isEqualTo("IN_QUEUE");
      String id = accepted.path("id").asText();
      JsonNode running = server.await(id, "IN_PROGRESS");
      Awaitility.await().until(() -> server.status(id).has("output"));
      assertThat(server.status(id).path("output").toString())
          .isEqualTo(
              "{\"stage\":\"generate\",\"percent\":40,\"step\":3,\"steps\":8,\"eta_seconds\":12}");
      assertThat(running.path("delayTime").isIntegralNumber()).isTrue();
      JsonNode stream = good(server.get(prefix + "/stream/" + id));
      assertThat(stream.path("stream").path(0).path("output").path("percent").asInt())
          .isEqualTo(40);
      assertThat(good(server.get(prefix + "/stream/" + id)).toString())
          .isEqualTo("{\"status\":\"IN_PROGRESS\",\"stream\":[]}");
      assertThat(good(server.get(prefix + "/health")).path("workers").path("running").asInt())
          .isEqualTo(1);

      server.jobs.release(id);

      JsonNode done = good(server.get(prefix + "/status-sync/" + id + "?wait=20000"));
      assertThat(done.path("status").asText()).isEqualTo("COMPLETED");
      assertThat(done.path("executionTime").isIntegralNumber()).isTrue();
      assertThat(done.path("output").path("output").path("video_url").asText())
          .isEqualTo(server.url("/files/v.mp4").toString());
      assertThat(good(server.get("/jobs")).path("jobs").path(0).path("video_url").asText())
          .isEqualTo(server.url("/files/v.mp4").toString());
    }
  }

  @Test
  void runSyncAnswersWithTheEnd() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      JsonNode done = good(server.post("/runsync", "{\"input\":{}}"));
      assertThat(done.path("status").asText()).isEqualTo("COMPLETED");
      assertThat(done.path("id").asText()).startsWith("sync-");
    }
  }

  @Test
  void aCancelThatMeetsTheJobsOwnEndTellsThatEnd() throws Exception {
    HeldClock time = new HeldClock();
    try (TestServer server = new TestServer(folder, With.USUAL.time(time))) {
      String id = server.run("{\"wait\":true}");
      server.await(id, "IN_PROGRESS");
      time.holdJobs();
      server.jobs.release(id);
      time.held.await();
      FutureTask<JsonNode> answer = new FutureTask<>(() -> server.queue.cancel(id).orElseThrow());
      Thread caller = Thread.ofPlatform().start(answer);
      Awaitility.await().until(() -> answer.isDone() || caller.getState() == Thread.State.WAITING);
      time.go.countDown();
      assertThat(answer.get().path("status").asText()).isEqualTo("COMPLETED");
    }
  }

  /** Stops a job's thread where it asks for the time of its end. */
  private static final class HeldClock implements Clock {
    final CountDownLatch held = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    private volatile boolean holding;

    void holdJobs() {
      holding = true;
    }

    @Override
    public long nanos() {
      return SYSTEM.nanos();
    }

    @Override
    public Instant now() {
      if (holding && Thread.currentThread().getName().startsWith("job-")) {
        held.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return SYSTEM.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      SYSTEM.sleep(duration);
    }

    @Override
    public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
      return SYSTEM.poll(queue, timeout);
    }
  }

  @Test
  void runSyncThatIsNotDoneInTimeIsPolledFor() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      JsonNode early = good(server.post("/runsync?wait=1000", "{\"input\":{\"wait\":true}}"));
      assertThat(early.size()).isEqualTo(2);
      assertThat(early.path("status").asText()).isEqualTo("IN_PROGRESS");
      server.jobs.release(early.path("id").asText());
      server.await(early.path("id").asText(), "COMPLETED");
    }
  }

  @Test
  void aFailureHasItsSentenceAndMayBeRetried() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String id = server.run("{\"fail\":\"Failed to download image: 404 Not Found\"}");
      JsonNode failed = server.await(id, "FAILED");
      assertThat(failed.path("error").asText())
          .isEqualTo("Failed to download image: 404 Not Found");
      assertThat(failed.path("output").path("code").asText()).isEqualTo("INPUT_DOWNLOAD_FAILED");

      assertThat(good(server.post("/retry/" + id, "")).toString())
          .isEqualTo("{\"id\":\"" + id + "\",\"status\":\"IN_QUEUE\"}");

      Awaitility.await().until(() -> server.jobs.started.size() == 2);
      assertThat(server.await(id, "FAILED").path("retries").asInt()).isEqualTo(1);
      assertThat(good(server.get("/health")).path("jobs").path("retried").asInt()).isEqualTo(1);
    }
  }

  @Test
  void whatIsDoneIsNotRetried() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String id = server.run("{}");
      server.await(id, "COMPLETED");
      var answer = server.post("/retry/" + id, "");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("COMPLETED");
    }
  }

  @Test
  void jobsAreCancelledWhileTheyWaitAndWhileTheyRun() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String running = server.run("{\"wait\":true}");
      server.await(running, "IN_PROGRESS");
      String waiting = server.run("{}");

      for (String id : List.of(waiting, running)) {
        JsonNode cancelled = good(server.post("/cancel/" + id, ""));
        assertThat(cancelled.path("status").asText()).isEqualTo("CANCELLED");
        assertThat(server.status(id).path("status").asText()).isEqualTo("CANCELLED");
      }

      String next = server.run("{}");
      server.await(next, "COMPLETED");
      assertThat(server.jobs.started).containsExactly(running, next);
      assertThat(good(server.post("/cancel/" + next, "")).path("status").asText())
          .isEqualTo("COMPLETED");
    }
  }

  @Test
  void aPurgedQueueLeavesTheRunningJob() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String running = server.run("{\"wait\":true}");
      server.await(running, "IN_PROGRESS");
      String waiting = server.run("{}");
      server.run("{}");
      assertThat(good(server.post("/purge-queue", "")).toString())
          .isEqualTo("{\"removed\":2,\"status\":\"completed\"}");
      assertThat(server.status(waiting).path("status").asText()).isEqualTo("CANCELLED");
      assertThat(server.status(running).path("status").asText()).isEqualTo("IN_PROGRESS");
      server.jobs.release(running);
      server.await(running, "COMPLETED");
    }
  }

  @Test
  void aJobThatHasLeftTheGpuLetsTheNextOneBegin() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ids.add(server.run("{\"tail\":true}"));
      }
      Awaitility.await().until(() -> server.jobs.started.size() == 3);
      // Two tails and one more that became a third: the fourth waits.
      assertThat(server.status(ids.getLast()).path("status").asText()).isEqualTo("IN_QUEUE");
      server.jobs.release(ids.getFirst());
      Awaitility.await().until(() -> server.jobs.started.size() == 4);
      ids.forEach(server.jobs::release);
      server.await(ids.getLast(), "COMPLETED");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/run | | 400 | must be a JSON object",
        "/run | { | 400 | The body is not valid JSON",
        "/run | [] | 400 | must be a JSON object",
        "/run | {} | 400 | \"input\" must be an object",
        "/run | {\"input\":1} | 400 | \"input\" must be an object",
        "/run | {\"input\":{}} {} | 400 | not valid JSON",
        "/run | {\"input\":{},\"webhook\":\"ftp://x\"} | 400 | \"webhook\" must be",
        "/run | {\"input\":{},\"s3Config\":{}} | 400 | give a presigned output_url",
        "/runsync | {\"input\":{\"s3Config\":{}}} | 400 | give a presigned output_url",
        "/run | {\"input\":{},\"policy\":1} | 400 | \"policy\" must be",
        "/run | {\"input\":{},\"policy\":{\"ttl\":9999}} | 400 | from 10000 to 604800000",
        "/run | {\"input\":{},\"policy\":{\"executionTimeout\":4999}} | 400 | from 5000",
        "/runsync?wait=999 | {\"input\":{}} | 400 | wait must be",
        "/nothing | {} | 404 | no such path",
      })
  void whatCannotBeDoneIsSaid(String path, String body, int status, String sentence)
      throws Exception {
    try (TestServer server = new TestServer(folder)) {
      var answer = server.post(path, body == null ? "" : body);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      assertThat(TestServer.JSON.readTree(answer.body()).path("error").asText()).contains(sentence);
      assertThat(server.queue.waiting()).isZero();
    }
  }

  @Test
  void unknownJobsAre404() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      for (String path : List.of("/status/x", "/stream/x", "/status-sync/x")) {
        assertThat(server.get(path).statusCode()).isEqualTo(404);
      }
      assertThat(server.post("/cancel/x", "").statusCode()).isEqualTo(404);
      assertThat(server.post("/retry/x", "").statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /run, POST",
    "GET, /v2/x/runsync, POST",
    "GET, /cancel/%s, POST",
    "DELETE, /status/%s, 'GET, POST'",
    "POST, /health, GET",
    "GET, /plan, POST",
  })
  void anotherMethodIsToldWhichOneItTakes(String method, String path, String allowed)
      throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String id = server.run("{\"wait\":true}");
      var answer =
          server.send(server.request(path.formatted(id)).method(method, BodyPublishers.noBody()));
      assertThat(answer.statusCode()).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).contains(allowed);
      assertThat(answer.body()).contains(" takes " + allowed + " alone");
      assertThat(server.get("/status/" + id).body()).doesNotContain("CANCELLED");
    }
  }

  @Test
  void theListTellsWhyAJobFailed() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      server.await(server.run("{\"fail\":\"no such image\"}"), "FAILED");
      assertThat(good(server.get("/jobs")).at("/jobs/0/error").asText()).isEqualTo("no such image");
    }
  }

  @Test
  void healthTellsWhetherTheEngineAnswers() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      assertThat(good(server.get("/health")).path("workers").toString())
          .contains("\"idle\":1", "\"ready\":1", "\"unhealthy\":0");
      server.engine = EngineState.UNHEALTHY;
      assertThat(good(server.get("/health")).path("workers").toString())
          .contains("\"idle\":0", "\"ready\":0", "\"unhealthy\":1");
      server.engine = EngineState.INITIALIZING;
      assertThat(good(server.get("/health")).path("workers").toString())
          .contains("\"initializing\":1", "\"ready\":0", "\"unhealthy\":0");
    }
  }

  @Test
  void theQueueIsBounded() throws Exception {
    QueueLimits usual = QueueLimits.DEFAULTS;
    QueueLimits small =
        new QueueLimits(
            2, 1000, usual.results(), usual.retention(), usual.syncRetention(), usual.webhookGap());
    try (TestServer server = new TestServer(folder, With.USUAL.limits(small))) {
      String running = server.run("{\"wait\":true}");
      server.await(running, "IN_PROGRESS");
      server.run("{}");
      server.run("{}");
      var full = server.post("/run", "{\"input\":{}}");
      assertThat(full.statusCode()).isEqualTo(429);
      assertThat(full.headers().firstValue("Retry-After")).isPresent();
      good(server.post("/purge-queue", ""));
      server.run("{\"prompt_positive\":\"" + "x".repeat(1000) + "\"}");
      assertThat(server.post("/run", "{\"input\":{}}").body()).contains("take 0 MB");
      server.jobs.release(running);
    }
  }

  @Test
  void resultsAreKeptForTheirTime() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (TestServer server = new TestServer(folder, With.USUAL.time(time))) {
      String sync = good(server.post("/runsync", "{\"input\":{}}")).path("id").asText();
      String id = server.run("{}");
      server.await(id, "COMPLETED");
      time.advance(Duration.ofSeconds(61));
      Awaitility.await().until(() -> server.get("/status/" + sync).statusCode() == 404);
      time.advance(Duration.ofMinutes(28));
      assertThat(server.get("/status/" + id).statusCode()).isEqualTo(200);
      time.advance(Duration.ofMinutes(1));
      Awaitility.await().until(() -> server.get("/status/" + id).statusCode() == 404);
      try (Stream<Path> results = Files.list(folder.resolve("results"))) {
        assertThat(results).isEmpty();
      }
    }
  }

  @Test
  void thePolicyEndsJobs() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (TestServer server = new TestServer(folder, With.USUAL.time(time))) {
      String running =
          good(server.post(
                  "/run", "{\"input\":{\"wait\":true},\"policy\":{\"executionTimeout\":20000}}"))
              .path("id")
              .asText();
      server.await(running, "IN_PROGRESS");
      String waiting =
          good(server.post("/run", "{\"input\":{},\"policy\":{\"ttl\":10000}}"))
              .path("id")
              .asText();
      time.advance(Duration.ofSeconds(11));
      assertThat(server.await(waiting, "TIMED_OUT").path("error").asText()).contains("ttl");
      assertThat(server.status(running).path("status").asText()).isEqualTo("IN_PROGRESS");
      time.advance(Duration.ofSeconds(10));
      assertThat(server.await(running, "TIMED_OUT").path("error").asText())
          .contains("executionTimeout, 20000 ms");
    }
  }

  @Test
  void moreCallsThanThePlatformAllowsAre429() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (TestServer server = new TestServer(folder, With.USUAL.time(time))) {
      good(server.post("/purge-queue", ""));
      good(server.post("/purge-queue", ""));
      assertThat(server.post("/purge-queue", "").statusCode()).isEqualTo(429);
      assertThat(server.get("/status/x").statusCode()).isEqualTo(404);
      time.advance(Duration.ofSeconds(10));
      good(server.post("/purge-queue", ""));
    }
  }

  @Test
  void requestsOnDiskAreTheirOwnersAloneAndGoWithTheResult() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String id = server.run("{\"wait\":true,\"image_url\":\"https://secret.example/a.png\"}");
      server.await(id, "IN_PROGRESS");
      Path request = folder.resolve("queue").resolve(id + ".0.json");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(request)))
          .isEqualTo("rw-------");
      assertThat(Files.readString(request)).contains("secret.example");
      server.jobs.release(id);
      server.await(id, "COMPLETED");
      Awaitility.await().until(() -> Files.notExists(request));
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          assertThat(Files.readString(file)).doesNotContain("secret.example");
        }
      }
    }
  }

  @Test
  void aServerThatComesBackGoesOnWhereItWas() throws Exception {
    String done;
    String running;
    String waiting;
    try (TestServer server = new TestServer(folder)) {
      done = server.run("{}");
      server.await(done, "COMPLETED");
      running = server.run("{\"wait\":true}");
      server.await(running, "IN_PROGRESS");
      waiting = server.run("{}");
    }
    try (TestServer server = new TestServer(folder)) {
      assertThat(server.status(done).path("status").asText()).isEqualTo("COMPLETED");
      server.await(running, "IN_PROGRESS");
      server.jobs.release(running);
      server.await(waiting, "COMPLETED");
      assertThat(server.jobs.started).containsExactly(running, waiting);
    }
  }

  @Test
  void aJobThatEndsTheServerEachTimeIsAnsweredInTheEnd() throws Exception {
    String id;
    try (TestServer server = new TestServer(folder)) {
      id = server.run("{\"wait\":true}");
      server.await(id, "IN_PROGRESS");
      Awaitility.await().until(() -> !server.jobs.started.isEmpty());
    }
    // As three deaths leave it; the orderly end has taken its own start back.
    Files.writeString(folder.resolve("queue").resolve(id + ".0.starts"), "...");
    try (TestServer server = new TestServer(folder, With.USUAL.time(Clock.SYSTEM))) {
      assertThat(server.await(id, "FAILED").path("error").asText()).contains("ended 3 times");
    }
  }
}
