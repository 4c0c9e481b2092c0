package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.fakes.StillTime;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.ProgressListener;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Taking jobs: what is sent, what comes back, how fast it is asked again. */
@Timeout(30)
class TakingTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  /** What the worker pauses after a take that brought nothing. */
  private static final Duration FLOOR = Duration.ofMillis(500);

  /** So that the end of a test does not wait for an open poll. */
  private static final Duration BRIEFLY = Duration.ofMillis(100);

  @TempDir private Path kept;

  private static Started start(FakeRunPod platform, int concurrency, int speed) throws Exception {
    return start(platform, concurrency, new FastTime(speed));
  }

  private static Started start(FakeRunPod platform, int concurrency, Clock time) throws Exception {
    return new Started(
        Started.settings(platform, Duration.ofSeconds(60)),
        (job, listener) -> Started.echo(job),
        concurrency,
        time);
  }

  private static void awaitAnswer(FakeRunPod platform, String id) {
    await().atMost(SOON).until(() -> !platform.answers(id).isEmpty());
  }

  @Test
  void speaksAsThePlatformsOwnWorker() throws Exception {
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY);
        Started _ = start(platform, 1, 1)) {
      platform.hand("a1-u1", "{\"x\":\"ü\"}");
      awaitAnswer(platform, "a1-u1");
      platform.hand("sync-b2", "\"text\"");
      awaitAnswer(platform, "sync-b2");

      Seen take = platform.seen(Route.TAKE).getFirst();
      assertThat(take.method()).isEqualTo("GET");
      assertThat(take.target())
          .isEqualTo("/v2/ep/job-take/worker-1?gpu=NVIDIA+RTX+A5000&job_in_progress=0");
      assertThat(take.headers())
          .contains(
              Map.entry("authorization", FakeRunPod.KEY),
              Map.entry("content-type", "application/json"),
              Map.entry("accept", "*/*"));
      assertThat(platform.seen(Route.STOP).getFirst().target())
          .isEqualTo("/v2/ep/job-stop/worker-1?gpu=NVIDIA+RTX+A5000");
      assertThat(platform.seen(Route.PING).getFirst().target())
          .isEqualTo("/v2/ep/ping/worker-1?gpu=NVIDIA+RTX+A5000&runpod_version=1.12.0");

      List<Seen> posts = platform.seen(Route.DONE);
      assertThat(posts).hasSize(2);
      Seen post = posts.getFirst();
      assertThat(post.method()).isEqualTo("POST");
      assertThat(post.target())
          .isEqualTo("/v2/ep/job-done/worker-1/a1-u1?gpu=NVIDIA+RTX+A5000&isStream=false");
      assertThat(post.headers())
          .contains(
              Map.entry("authorization", FakeRunPod.KEY),
              Map.entry("content-type", "application/x-www-form-urlencoded"),
              Map.entry("charset", "utf-8"),
              Map.entry("x-request-id", "a1-u1"),
              Map.entry("content-length", Integer.toString(post.body().size())));
      assertThat(post.text())
          .isEqualTo(
              "{\"output\":{\"status\":\"success\",\"output\":{\"echo\":\"{\\\"x\\\":\\\"ü\\\"}\"}}}");
      assertThat(posts.get(1).headers()).containsEntry("x-request-id", "sync-b2");
      assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault.Status(204),
        new Fault.Status(400),
        new Fault.Status(401),
        new Fault.Status(404),
        new Fault.Status(429),
        new Fault.Status(500),
        new Fault.Status(503),
        new Fault.Drop(),
        new Fault.Cut("{\"x\":1"),
        new Fault.Text("text/html", "<html>"),
        new Fault.Text("application/json", ""),
        new Fault.Text("application/json", "[]"),
        new Fault.Text("application/json", "null"),
        new Fault.Text("application/json", "\"id\""),
        new Fault.Text("application/json", "{not json"),
        new Fault.Text("application/json", "{\"input\":{}}"));
  }

  /** After three of each in a row the worker takes the next job and answers it. */
  @ParameterizedTest
  @MethodSource("faults")
  void survives(Fault fault) throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(Route.TAKE, fault, fault, fault);
      try (Started _ = start(platform, 1, 40)) {
        platform.hand("after", "{}");
        awaitAnswer(platform, "after");
        assertThat(platform.answers("after")).hasSize(1);
        assertThat(platform.seen(Route.TAKE)).hasSizeGreaterThanOrEqualTo(4);
      }
    }
  }

  /** Answered at once, the platform is asked twice a second; the SDK asks thousands of times. */
  @ParameterizedTest
  @ValueSource(ints = {204, 400, 401, 404, 429, 500})
  void neverSpins(int status) throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.always(route -> route == Route.TAKE ? new Fault.Status(status) : new Fault.None());
      StillTime time = new StillTime(10);
      try (Started _ = start(platform, 1, time)) {
        await().atMost(SOON).until(() -> platform.seen(Route.TAKE).size() >= 4);
        // Errors wait longer each time, at least half of 1, 2 and 4 s.
        int pauses =
            switch (status) {
              case 204, 400 -> 3 * 500;
              case 429 -> 3 * 5000;
              default -> 500 + 1000 + 2000;
            };
        assertThat(time.paused("core")).isGreaterThanOrEqualTo(Duration.ofMillis(pauses));
      }
    }
  }

  @Test
  void asksAgainAtOnceAfterAJob() throws Exception {
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY)) {
      for (int i = 0; i < 20; i++) {
        platform.hand("quick-" + i, "{}");
      }
      StillTime time = new StillTime(1);
      try (Started _ = start(platform, 1, time)) {
        awaitAnswer(platform, "quick-19");
        // It pauses only after takes that brought nothing.
        long pauses = time.pauses("core").stream().filter(FLOOR::equals).count();
        assertThat((long) platform.seen(Route.TAKE).size()).isGreaterThanOrEqualTo(20 + pauses);
      }
      assertThat(platform.seen(Route.TAKE))
          .filteredOn(take -> take.target().contains("job_in_progress=1"))
          .isEmpty();
    }
  }

  @Test
  void theFirstTakeIsAnnouncedOnce() throws Exception {
    AtomicInteger announced = new AtomicInteger();
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY)) {
      RunPodWorker worker =
          new RunPodWorker(
              Started.settings(platform, Duration.ofSeconds(60)),
              (job, listener) -> Started.echo(job),
              1,
              kept,
              new FastTime(20));
      worker.beforeFirstTake(() -> {
        assertThat(platform.seen(Route.TAKE)).isEmpty();
        announced.incrementAndGet();
      });
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      try (Started _ = new Started(worker)) {
        awaitAnswer(platform, "two");
        assertThat(announced).hasValue(1);
      }
    }
  }

  @Test
  void aPoisonElementTakesNoOtherWithIt() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(
          Route.TAKE,
          new Fault.Text(
              "application/json",
              """
              [{"input":{}}, 7, null, "x", {"id":5,"input":{}}, {"id":"","input":{}},
               {"id":"blank"}, {"id":"null","input":null}, {"id":"good","input":{"a":1}}]\
              """));
      try (Started _ = start(platform, 2, 20)) {
        awaitAnswer(platform, "good");
        awaitAnswer(platform, "blank");
        awaitAnswer(platform, "null");
        assertThat(platform.answers("blank").getFirst().toString())
            .isEqualTo(
                "{\"error\":\"The job has no input\",\"output\":{\"status\":\"error\",\"error\":\"The"
                    + " job has no input\",\"code\":\"INVALID_INPUT\",\"retryable\":false,\"errors\":"
                    + "[{\"field\":\"input\",\"message\":\"The job has no input\"}]}}");
        assertThat(platform.status("good")).isEqualTo("COMPLETED");
        assertThat(platform.seen(Route.DONE)).hasSize(3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"broken\",\"input\":{\"prompt\":\"half a te",
        "[{\"id\":\"broken\",\"input\":{\"a",
        "{\"id\":\"broken\",\"input\":[[DEEP]]}"
      })
  void whatCannotBeReadIsAnsweredIfItHasAnId(String body) throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      String text = body.replace("DEEP", "[".repeat(2000) + "]".repeat(2000));
      platform.next(
          Route.TAKE,
          text.equals(body) ? new Fault.Cut(text) : new Fault.Text("application/json", text));
      try (Started _ = start(platform, 1, 20)) {
        awaitAnswer(platform, "broken");
        assertThat(platform.answers("broken")).hasSize(1);
        assertThat(platform.answers("broken").getFirst().get("error").asText())
            .startsWith("The job could not be read");
      }
    }
  }

  @Test
  void aDuplicateIdRunsOnce() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    try (FakeRunPod platform = new FakeRunPod();
        Started _ =
            new Started(
                Started.settings(platform, Duration.ofSeconds(60)),
                (Job job, ProgressListener listener) -> {
                  if (job.id().equals("twice")) {
                    runs.incrementAndGet();
                  }
                  return Started.echo(job);
                },
                2,
                new FastTime(20))) {
      String twice = "{\"id\":\"twice\",\"input\":{}}";
      platform.next(
          Route.TAKE, new Fault.Text("application/json", "[" + twice + "," + twice + "]"));
      awaitAnswer(platform, "twice");
      platform.handRaw(twice);
      platform.hand("next", "{}");
      awaitAnswer(platform, "next");
      assertThat(runs).hasValue(1);
    }
  }

  /** A slip of the platform: the job would hang. */
  @Test
  void aSuccessThatComesAgainIsAnsweredAgain() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    try (FakeRunPod platform = new FakeRunPod();
        Started _ =
            new Started(
                Started.settings(platform, Duration.ofSeconds(60)),
                (Job job, ProgressListener listener) -> {
                  runs.incrementAndGet();
                  return Started.echo(job);
                },
                1,
                new FastTime(20))) {
      for (int times = 1; times <= 3; times++) {
        int answers = times;
        platform.hand("again", "{}");
        await().atMost(SOON).until(() -> platform.answers("again").size() == answers);
        await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
      }
      assertThat(runs).hasValue(1);
      assertThat(platform.seen(Route.DONE))
          .extracting(Seen::text)
          .containsOnly(platform.seen(Route.DONE).getFirst().text());
    }
  }

  /** Whatever it is called, a job is a job; what is none is seen in the log. */
  @Test
  void aTakeUnderAnotherTypeDoesNotVanish() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        CapturedLogs logs = new CapturedLogs(Level.INFO)) {
      platform.next(
          Route.TAKE,
          new Fault.Text("text/html", "<html>"),
          new Fault.Text("text/plain", "{\"id\":\"plain\",\"input\":{}}"),
          new Fault.Redirect(302, "/v2/ep/job-take/elsewhere"));
      try (Started _ = start(platform, 1, 20)) {
        awaitAnswer(platform, "plain");
        platform.hand("next", "{}");
        awaitAnswer(platform, "next");
      }
      assertThat(logs.lines())
          .contains(
              "Taking jobs fails: status 200 with text/html instead of a job; trying again",
              "Taking jobs fails: status 302; trying again");
      assertThat(platform.seen(Route.TAKE)).noneMatch(take -> take.target().contains("elsewhere"));
    }
  }

  /** Under {@code ..} every client posts to another path. */
  @Test
  void anIdThatIsAPathIsNotPostedTo() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        CapturedLogs logs = new CapturedLogs(Level.INFO);
        Started _ = start(platform, 1, 20)) {
      platform.hand("..", "{}");
      platform.hand(".", "{}");
      platform.hand("next", "{}");
      awaitAnswer(platform, "next");
      assertThat(platform.seen(Route.DONE)).extracting(Seen::jobId).containsOnly("next");
      assertThat(platform.seen(Route.OTHER)).isEmpty();
      assertThat(logs.lines())
          .contains("A take brought a job under an id that no answer can be posted to");
    }
  }

  /** With 5xx for long the pauses grow to 10 s; jobs may be queued when it ends. */
  @Test
  void noPauseBetweenTakesIsLong() throws Exception {
    List<Duration> pauses = new CopyOnWriteArrayList<>();
    Clock noted = new NotedPauses(new FastTime(500), pauses);
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.always(route -> route == Route.TAKE ? new Fault.Status(503) : new Fault.None());
      try (Started _ =
          new Started(
              Started.settings(platform, Duration.ofSeconds(60)),
              (job, listener) -> Started.echo(job),
              1,
              noted)) {
        await().atMost(SOON).until(() -> platform.seen(Route.TAKE).size() >= 20);
      }
    }
    Duration longest = pauses.stream().max(Duration::compareTo).orElseThrow();
    assertThat(longest).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
  }

  /** Notes for how long the loop sleeps: on a queue, so that its end wakes it. */
  private record NotedPauses(Clock time, List<Duration> pauses) implements Clock {
    @Override
    public long nanos() {
      return time.nanos();
    }

    @Override
    public Instant now() {
      return time.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      time.sleep(duration);
    }

    @Override
    public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
      if (Thread.currentThread().getName().equals("core")) {
        pauses.add(timeout);
      }
      return time.poll(queue, timeout);
    }
  }

  /** A client's retry of a failed job comes under the same id. */
  @Test
  void aFailedJobMayComeAgain() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, 1, 20)) {
      platform.handRaw("{\"id\":\"again\"}");
      awaitAnswer(platform, "again");
      await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
      platform.hand("again", "{}");
      await().atMost(SOON).until(() -> platform.answers("again").size() == 2);
      assertThat(platform.status("again")).isEqualTo("COMPLETED");
    }
  }

  @Test
  void twoSeatsAreFilledByOneBatch() throws Exception {
    Started.Gate gate = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      platform.hand("three", "{}");
      try (Started _ =
          new Started(
              Started.settings(platform, Duration.ofSeconds(60)), gate, 2, new FastTime(20))) {
        gate.awaitBegun("one", "two");
        await()
            .atMost(SOON)
            .until(() ->
                platform.seen(Route.PING).stream()
                    .anyMatch(ping -> ping.target().contains("&job_id=one%2Ctwo&")));
        assertThat(gate.begun).doesNotContain("three");
        assertThat(platform.open(Route.TAKE)).isZero();
        gate.open();
        awaitAnswer(platform, "three");
        assertThat(platform.seen(Route.TAKE).getFirst().target())
            .isEqualTo(
                "/v2/ep/job-take-batch/worker-1?gpu=NVIDIA+RTX+A5000&batch_size=2&job_in_progress=0");
        assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
      }
    }
  }
}
