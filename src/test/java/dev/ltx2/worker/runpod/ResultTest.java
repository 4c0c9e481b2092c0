package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.fakes.StillTime;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Final answers and progress, through every trouble of the way. */
@Timeout(40)
class ResultTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** So that the end of a test does not wait for an open poll. */
  private static final Duration BRIEFLY = Duration.ofMillis(100);

  private static Started start(FakeRunPod platform, JobRunner runner, int speed) throws Exception {
    return start(platform, runner, new FastTime(speed));
  }

  private static Started start(FakeRunPod platform, JobRunner runner, Clock time) throws Exception {
    return new Started(Started.settings(platform, Duration.ofSeconds(60)), runner, 1, time);
  }

  private static Started start(FakeRunPod platform, Path kept, JobRunner runner) {
    return new Started(
        Started.settings(platform, Duration.ofSeconds(60)), runner, 1, kept, new FastTime(40));
  }

  private static JsonNode onlyAnswer(FakeRunPod platform, String id) throws Exception {
    await().atMost(SOON).until(() -> !platform.answers(id).isEmpty());
    List<JsonNode> answers = platform.answers(id);
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  /** A worker's disk would fill up with the files of jobs that are long answered. */
  @Test
  void whatTheAnswerHoldsIsLetGo() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    JobRunner runner =
        (job, _) -> {
          Answer answer = Started.echo(job);
          return new Answer() {
            @Override
            public void writeTo(JsonGenerator out) throws IOException {
              answer.writeTo(out);
            }

            @Override
            public void close() {
              closed.countDown();
            }
          };
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, 20)) {
      platform.hand("job", "{}");
      assertThat(closed.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      onlyAnswer(platform, "job");
    }
  }

  static Stream<Fault> passing() {
    return Stream.of(
        new Fault.Redirect(302, "/v2/ep/job-done/elsewhere"),
        new Fault.Redirect(307, "/elsewhere"),
        new Fault.Status(304),
        new Fault.Status(400),
        new Fault.Status(401),
        new Fault.Status(403),
        new Fault.Status(404),
        new Fault.Status(409),
        new Fault.Status(410),
        new Fault.Status(413),
        new Fault.Status(408),
        new Fault.Status(425),
        new Fault.Status(429),
        new Fault.Status(500),
        new Fault.Status(502),
        new Fault.Drop());
  }

  @ParameterizedTest
  @MethodSource("passing")
  void isPostedAgainAfter(Fault fault) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, (job, l) -> Started.echo(job), 40)) {
      platform.next(Route.DONE, fault, fault);
      platform.hand("job", "{\"a\":1}");
      assertThat(onlyAnswer(platform, "job").at("/output/output/echo").asText())
          .isEqualTo("{\"a\":1}");
      List<Seen> posts = platform.seen(Route.DONE);
      assertThat(posts).hasSize(3).extracting(Seen::text).containsOnly(posts.getFirst().text());
      assertThat(posts).extracting(Seen::method).containsOnly("POST");
      assertThat(posts).extracting(Seen::jobId).containsOnly("job");
      assertThat(platform.seen(Route.OTHER)).isEmpty();
    }
  }

  /** They refuse the worker, not the job: somebody may set the key right. */
  @ParameterizedTest
  @ValueSource(ints = {401, 403, 503})
  void aRefusalOfTheWorkerIsWaitedFor(int status) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        CapturedLogs logs = new CapturedLogs(Level.INFO);
        Started _ = start(platform, (job, l) -> Started.echo(job), 200)) {
      Fault[] faults = new Fault[12];
      Arrays.fill(faults, new Fault.Status(status));
      platform.next(Route.DONE, faults);
      platform.hand("job", "{}");
      onlyAnswer(platform, "job");
      assertThat(platform.seen(Route.DONE)).hasSize(13);
      assertThat(logs.lines())
          .anyMatch(line ->
              line.startsWith("Posting the answer of job job fails: status " + status)
                  && line.contains("RUNPOD_AI_API_KEY") == (status != 503));
    }
  }

  private static Answer video(String padding) {
    return Started.answer(out -> {
      out.writeStringField("video_url", "https://host/videos/film.mp4?X-Goog-Signature=5f3a");
      out.writeStringField("gcs_url", "gs://videos/film.mp4");
      out.writeNumberField("frames", 151);
      out.writeObjectFieldStart("details");
      out.writeStringField("engine", padding);
      out.writeEndObject();
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 410})
  void ofAJobThatIsGoneTheLogSaysWhereTheVideoIs(int status, @TempDir Path kept) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        CapturedLogs logs = new CapturedLogs(Level.INFO);
        Started _ = start(platform, kept, (job, l) -> video(""))) {
      platform.always(route -> route == Route.DONE ? new Fault.Status(status) : new Fault.None());
      platform.hand("job", "{}");
      await()
          .atMost(SOON)
          .until(() ->
              logs.lines().stream()
                  .anyMatch(line ->
                      line.equals(
                          "The platform knows job job no more: status %d; its video is at %s"
                              .formatted(status, "gs://videos/film.mp4"))));
      assertThat(platform.seen(Route.DONE)).hasSize(3);
      await().atMost(SOON).until(() -> kept.toFile().list().length == 0);
      assertThat(logs.lines()).noneMatch(line -> line.contains("5f3a"));
    }
  }

  /** The same body three times, then one that has all that the client needs. */
  @ParameterizedTest
  @ValueSource(ints = {400, 413})
  void aRefusedAnswersSubstituteHasTheAddresses(int status, @TempDir Path kept) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, kept, (job, l) -> video("original"))) {
      Fault refused = new Fault.Status(status);
      platform.next(Route.DONE, refused, refused, refused);
      platform.hand("job", "{}");
      JsonNode answer = onlyAnswer(platform, "job");
      List<Seen> posts = platform.seen(Route.DONE);
      assertThat(posts).hasSize(4);
      assertThat(posts.subList(0, 3))
          .extracting(Seen::text)
          .containsOnly(posts.getFirst().text())
          .allMatch(text -> text.contains("original"));
      assertThat(answer.has("error")).isFalse();
      JsonNode output = answer.at("/output/output");
      assertThat(output.get("video_url").asText()).endsWith("X-Goog-Signature=5f3a");
      assertThat(output.get("gcs_url").asText()).isEqualTo("gs://videos/film.mp4");
      assertThat(output.get("frames").asInt()).isEqualTo(151);
      assertThat(output.at("/details/warnings/0").asText()).contains("status " + status);
      assertThat(kept.resolve("refused/job.json")).content().isEqualTo(posts.getFirst().text());
      await().atMost(SOON).until(() -> kept.toFile().list().length == 1);
    }
  }

  @Test
  void theLastResortIsAnErrorWithTheAddresses(@TempDir Path kept) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, kept, (job, l) -> video(""))) {
      Fault[] refused = new Fault[6];
      Arrays.fill(refused, new Fault.Status(400));
      platform.next(Route.DONE, refused);
      platform.hand("job", "{}");
      JsonNode answer = onlyAnswer(platform, "job");
      assertThat(answer.get("error").asText()).contains("https://host/videos/film.mp4");
      assertThat(answer.at("/output/code").asText()).isEqualTo("STORAGE_FAILED");
      assertThat(answer.at("/output/retryable").asBoolean()).isFalse();
      assertThat(answer.at("/output/video_url").asText()).contains("film.mp4");
      assertThat(answer.at("/output/gcs_url").asText()).isEqualTo("gs://videos/film.mp4");
    }
  }

  /** With and without a video in it, and the platform away for the first posts. */
  @ParameterizedTest
  @ValueSource(ints = {1, 6_000_000})
  void needsNoDisk(int bytes, @TempDir Path temp) throws Exception {
    byte[] video = new byte[bytes];
    new Random(4).nextBytes(video);
    JobRunner runner =
        (job, l) ->
            Started.answer(out -> {
              out.writeFieldName("video_base64");
              out.writeBinary(
                  Base64Variants.MIME_NO_LINEFEEDS, new ByteArrayInputStream(video), video.length);
            });
    Path nowhere = Files.createFile(temp.resolve("file")).resolve("answers");
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, nowhere, runner)) {
      platform.next(Route.DONE, new Fault.Status(503), new Fault.Drop());
      platform.hand("job", "{}");
      JsonNode answer = onlyAnswer(platform, "job");
      assertThat(answer.at("/output/output/video_base64").binaryValue()).isEqualTo(video);
      assertThat(platform.seen(Route.DONE)).hasSize(3);
    }
  }

  @Test
  void refusedFiveTimesAndThenTaken() throws Exception {
    StillTime time = new StillTime(60);
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, (job, l) -> Started.echo(job), time)) {
      Fault refused = new Fault.Status(503);
      platform.next(Route.DONE, refused, refused, refused, refused, refused);
      platform.hand("job", "{}");
      onlyAnswer(platform, "job");
      List<Seen> posts = platform.seen(Route.DONE);
      assertThat(posts).hasSize(6).extracting(Seen::text).containsOnly(posts.getFirst().text());
      assertThat(time.paused("answer-")).isGreaterThanOrEqualTo(Duration.ofMillis(15_500));
    }
  }

  /** Sixty seconds without the platform; the heartbeat tries on, and the job stays in it. */
  @Test
  void thePlatformIsGoneForAMinute() throws Exception {
    int speed = 30;
    try (FakeRunPod platform = new FakeRunPod()) {
      AtomicLong gone = new AtomicLong(Long.MAX_VALUE);
      platform.always(route ->
          System.nanoTime() > gone.get() && System.nanoTime() < gone.get() + 60_000_000_000L / speed
              ? new Fault.Drop()
              : new Fault.None());
      JobRunner runner =
          (job, l) -> {
            gone.set(System.nanoTime());
            return Started.echo(job);
          };
      try (Started _ = start(platform, runner, speed)) {
        platform.hand("job", "{}");
        onlyAnswer(platform, "job");
        assertThat(platform.seen(Route.PING))
            .filteredOn(ping -> ping.at() > gone.get() && ping.target().contains("job_id=job"))
            .isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 413})
  void refusedForGoodBecomesASmallError(int status) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, (job, l) -> Started.echo(job), 20)) {
      platform.next(
          Route.DONE, new Fault.Status(status), new Fault.Status(status), new Fault.Status(status));
      platform.hand("job", "{}");
      JsonNode answer = onlyAnswer(platform, "job");
      assertThat(answer.get("error").asText()).contains("refused").contains("status " + status);
      assertThat(answer.at("/output/code").asText()).isEqualTo("STORAGE_FAILED");
      assertThat(platform.status("job")).isEqualTo("FAILED");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"big-u1:12", "sync-big:18", "sync-huge:30", "big:30"})
  void bigAnswersAreMeasuredFirst(String given) throws Exception {
    String id = given.substring(0, given.indexOf(':'));
    int megabytes = Integer.parseInt(given.substring(given.indexOf(':') + 1));
    byte[] video = new byte[megabytes * 750_000];
    new Random(3).nextBytes(video);
    JobRunner runner =
        (job, l) ->
            Started.answer(out -> {
              out.writeFieldName("video_base64");
              out.writeBinary(
                  Base64Variants.MIME_NO_LINEFEEDS, new ByteArrayInputStream(video), video.length);
            });
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY);
        Started _ = start(platform, runner, 1)) {
      platform.hand(id, "{}");
      JsonNode answer = onlyAnswer(platform, id);
      assertThat(platform.seen(Route.DONE)).hasSize(1);
      if (id.startsWith("sync-") && megabytes < 20) {
        assertThat(answer.at("/output/output/video_base64").binaryValue()).isEqualTo(video);
      } else {
        assertThat(answer.get("error").asText())
            .contains("larger than the " + (id.startsWith("sync-") ? 20 : 10) + " MB");
        assertThat(platform.status(id)).isEqualTo("FAILED");
      }
    }
  }

  @Test
  void oddTextsAndNumbersAreValidJson() throws Exception {
    JobRunner runner =
        (job, l) ->
            Started.answer(out -> {
              out.writeNumberField("nan", Double.NaN);
              out.writeNumberField("infinite", Float.NEGATIVE_INFINITY);
              out.writeStringField("half", "a\uD83Dz");
              out.writeStringField("whole", "\uD83C\uDFAC");
              out.writeStringField("control", "\u0000\n\u2028");
            });
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY);
        Started _ = start(platform, runner, 1)) {
      platform.hand("odd", "{}");
      JsonNode output = onlyAnswer(platform, "odd").at("/output/output");
      assertThat(output.get("nan").asText()).isEqualTo("NaN");
      assertThat(output.get("infinite").asText()).isEqualTo("-Infinity");
      assertThat(output.get("half").asText()).isEqualTo("a\uFFFDz");
      assertThat(output.get("whole").asText()).isEqualTo("\uD83C\uDFAC");
      assertThat(output.get("control").asText()).isEqualTo("\u0000\n\u2028");
    }
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void everyFailureIsAFailedJob(ErrorCode code) throws Exception {
    JobRunner runner =
        (job, l) -> {
          throw new JobFailure(code, "Sentence for " + code, true, null);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, 20)) {
      platform.hand("bad", "{}");
      JsonNode answer = onlyAnswer(platform, "bad");
      assertThat(answer.get("error").asText()).isEqualTo("Sentence for " + code);
      assertThat(answer.at("/output/status").asText()).isEqualTo("error");
      assertThat(answer.at("/output/code").asText()).isEqualTo(code.name());
      assertThat(answer.at("/output/retryable").asBoolean()).isTrue();
      assertThat(answer.has("stopPod")).isEqualTo(code == ErrorCode.GPU_FAULT);
      assertThat(platform.status("bad")).isEqualTo("FAILED");
    }
  }

  static Stream<Throwable> ownFaults() {
    return Stream.of(
        new IllegalStateException("prompt text"),
        new StackOverflowError(),
        new AssertionError("x"));
  }

  @ParameterizedTest
  @MethodSource("ownFaults")
  void aFaultOfOurOwnIsAnsweredAndTheWorkerLivesOn(Throwable fault) throws Exception {
    JobRunner runner =
        (job, l) -> {
          if (job.id().equals("bad")) {
            Started.throwIt(fault);
          }
          return Started.echo(job);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, 20)) {
      platform.hand("bad", "{}");
      platform.hand("good", "{}");
      JsonNode answer = onlyAnswer(platform, "bad");
      assertThat(answer.get("error").asText())
          .contains(fault.getClass().getSimpleName())
          .doesNotContain("prompt text");
      assertThat(answer.at("/output/code").asText()).isEqualTo("INTERNAL_ERROR");
      onlyAnswer(platform, "good");
    }
  }

  /** Nobody stopped it, so somebody waits for an answer. */
  @Test
  void anInterruptOfUnknownOriginIsAnswered() throws Exception {
    JobRunner runner =
        (job, l) -> {
          throw new InterruptedException();
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, 20)) {
      platform.hand("odd", "{}");
      assertThat(onlyAnswer(platform, "odd").at("/output/code").asText()).isEqualTo("CANCELLED");
    }
  }

  @Test
  void anAnswerThatCannotBeWrittenIsAnError() throws Exception {
    JobRunner runner =
        (job, l) ->
            Started.answer(out -> {
              out.writeStringField("a", "b");
              throw new IOException("disk full");
            });
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, 20)) {
      platform.hand("bad", "{}");
      assertThat(onlyAnswer(platform, "bad").at("/output/code").asText())
          .isEqualTo("INTERNAL_ERROR");
    }
  }

  /** The answer waits for the progress that is under way, and nothing comes behind it. */
  @Test
  void lateProgressNeverFollowsTheAnswer() throws Exception {
    JobRunner runner =
        (job, listener) -> {
          for (int i = 0; i < 100; i++) {
            listener.progress(Started.progress(i));
          }
          new Thread(() -> listener.progress(Started.progress(99))).start();
          return Started.echo(job);
        };
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY);
        Started _ = start(platform, runner, 1)) {
      for (int i = 0; i < 5; i++) {
        platform.next(
            Route.DONE, new Fault.Late(Duration.ofMillis(150)), new Fault.None(), new Fault.None());
        platform.hand("late-" + i, "{}");
        await().atMost(SOON).until(() -> !platform.answers("late-0").isEmpty());
      }
      await().atMost(SOON).until(() -> !platform.answers("late-4").isEmpty());
      for (int i = 0; i < 5; i++) {
        assertThat(platform.status("late-" + i)).isEqualTo("COMPLETED");
      }
    }
  }

  @Test
  void progressIsOrderedCoalescedAndShaped() throws Exception {
    int speed = 5;
    JobRunner runner =
        (Job job, ProgressListener listener) -> {
          long start = System.nanoTime();
          long length = 2_000_000_000L / speed;
          for (long spent = 0; spent < length; spent = System.nanoTime() - start) {
            listener.progress(Started.progress((int) (spent * 99 / length)));
            Thread.onSpinWait();
          }
          return Started.echo(job);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, runner, speed)) {
      platform.hand("told", "{}");
      onlyAnswer(platform, "told");
      List<JsonNode> posts = platform.posts("told");
      assertThat(posts).hasSizeBetween(2, 6);
      assertThat(posts.getFirst().toString())
          .matches(
              "\\{\"status\":\"IN_PROGRESS\",\"output\":\\{\"stage\":\"generate\",\"percent\":\\d+,"
                  + "\"step\":3,\"steps\":8,\"eta_seconds\":38}}");
      List<Integer> percents =
          posts.stream().limit(posts.size() - 1).map(p -> p.at("/output/percent").asInt()).toList();
      assertThat(percents).isSorted();
    }
  }

  /** Whatever the platform does, every job is answered once. */
  @Test
  void twoHundredJobsWithRandomFaults() throws Exception {
    Random random = new Random(20261121);
    var runs = new ConcurrentHashMap<String, Integer>();
    JobRunner runner =
        (job, listener) -> {
          runs.merge(job.id(), 1, Integer::sum);
          listener.progress(Started.progress(50));
          if (job.input().path("fail").asBoolean()) {
            throw new JobFailure(ErrorCode.GENERATION_FAILED, "It failed", false, null);
          }
          return Started.echo(job);
        };
    List<Fault> faults =
        List.of(
            new Fault.Status(500),
            new Fault.Status(503),
            new Fault.Status(429),
            new Fault.Status(408),
            new Fault.Drop(),
            new Fault.Late(Duration.ofMillis(20)));
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100))) {
      platform.always(route -> {
        synchronized (random) {
          return random.nextInt(5) == 0
              ? faults.get(random.nextInt(faults.size()))
              : new Fault.None();
        }
      });
      try (Started _ =
          new Started(
              Started.settings(platform, Duration.ofMinutes(10)), runner, 4, new FastTime(50))) {
        for (int i = 0; i < 200; i++) {
          platform.hand("job-" + i, "{\"fail\":" + (i % 7 == 0) + "}");
          if (i % 10 == 0 && i % 7 != 0) {
            platform.hand("job-" + i, "{\"fail\":" + (i % 7 == 0) + "}");
          }
        }
        await()
            .atMost(Duration.ofSeconds(35))
            .until(() -> IntStream.range(0, 200).allMatch(i -> answered(platform, "job-" + i)));
      }
      for (int i = 0; i < 200; i++) {
        String id = "job-" + i;
        // One that came again after its success is answered again, with the same.
        assertThat(new HashSet<>(platform.answers(id))).as(id).hasSize(1);
        assertThat(runs.get(id)).as(id).isEqualTo(1);
        assertThat(platform.status(id)).as(id).isEqualTo(i % 7 == 0 ? "FAILED" : "COMPLETED");
      }
      assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
    }
  }

  private static boolean answered(FakeRunPod platform, String id) {
    try {
      return !platform.answers(id).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
