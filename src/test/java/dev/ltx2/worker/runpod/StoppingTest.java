package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.fakes.StillTime;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The platform stops jobs; the platform, or a job, stops the worker. */
@Timeout(40)
class StoppingTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private static Started start(
      FakeRunPod platform, JobRunner runner, int concurrency, int drainSeconds, int speed)
      throws Exception {
    return new Started(
        Started.settings(platform, Duration.ofSeconds(drainSeconds)),
        runner,
        concurrency,
        new FastTime(speed));
  }

  private static void awaitAnswer(FakeRunPod platform, String id) {
    await().atMost(SOON).until(() -> !platform.answers(id).isEmpty());
  }

  private static boolean pingedWith(FakeRunPod platform, String id) {
    List<FakeRunPod.Seen> pings = platform.seen(Route.PING);
    return !pings.isEmpty() && pings.getLast().target().contains(id);
  }

  /** The running one and the queued one end, nothing is posted for them, the sibling lives. */
  @Test
  void stopsARunningAndAQueuedJob() throws Exception {
    Started.Gate gate = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(
          Route.TAKE,
          new Fault.Text(
              "application/json",
              """
              [{"id":"running","input":{}},{"id":"sibling","input":{}},{"id":"queued","input":{}}]
              """));
      try (Started _ = start(platform, gate, 2, 60, 20)) {
        gate.awaitBegun("running", "sibling");
        await().atMost(SOON).until(() -> pingedWith(platform, "queued"));
        platform.stop("queued", "nobody", "running");
        await().atMost(SOON).until(() -> gate.interrupted.contains("running"));
        await()
            .atMost(SOON)
            .until(() -> !pingedWith(platform, "running") && !pingedWith(platform, "queued"));
        assertThat(pingedWith(platform, "sibling")).isTrue();
        platform.hand("next", "{}");
        gate.awaitBegun("next");
        gate.open();
        awaitAnswer(platform, "sibling");
        awaitAnswer(platform, "next");
        assertThat(gate.begun).doesNotContain("queued");
        assertThat(platform.seen(Route.DONE))
            .extracting(FakeRunPod.Seen::jobId)
            .containsExactlyInAnyOrder("sibling", "next");
      }
    }
  }

  /** A stop that meets the answer on its way does it no harm. */
  @Test
  void aStopDuringThePostLetsItFinish() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, (job, l) -> Started.echo(job), 1, 60, 1)) {
      platform.next(Route.DONE, new Fault.Late(Duration.ofMillis(400)));
      platform.hand("posting", "{}");
      await().atMost(SOON).until(() -> platform.open(Route.DONE) == 1);
      platform.stop("posting");
      awaitAnswer(platform, "posting");
      platform.hand("next", "{}");
      awaitAnswer(platform, "next");
      assertThat(platform.status("posting")).isEqualTo("COMPLETED");
      assertThat(platform.seen(Route.DONE)).hasSize(2);
    }
  }

  /** Progress of a stopped job is not told, even if it takes its time to end. */
  @Test
  void aStoppedJobIsSilent() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    JobRunner stubborn =
        (job, listener) -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            listener.progress(Started.progress(90));
            told.countDown();
          }
          return Started.echo(job);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, stubborn, 1, 1, 10)) {
      platform.hand("stubborn", "{}");
      await().atMost(SOON).until(() -> pingedWith(platform, "stubborn"));
      platform.stop("stubborn");
      told.await();
      await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
      assertThat(platform.seen(Route.DONE)).isEmpty();
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
        new Fault.Drop(),
        new Fault.Text("text/html", "<html>"),
        new Fault.Text("application/json", "[]"),
        new Fault.Text("application/json", "{\"jobsToStop\":\"x\"}"),
        new Fault.Text("application/json", "{\"jobsToStop\":[1,null,{}]}"),
        new Fault.Text("application/json", "{"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void theStopChannelSurvives(Fault fault) throws Exception {
    Started.Gate gate = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(Route.STOP, fault, fault);
      StillTime time = new StillTime(15);
      try (Started _ =
          new Started(Started.settings(platform, Duration.ofSeconds(1)), gate, 1, time)) {
        platform.hand("job", "{}");
        gate.awaitBegun("job");
        platform.stop("job");
        await().atMost(SOON).until(() -> gate.interrupted.contains("job"));
        assertThat(platform.seen(Route.DONE)).isEmpty();
        assertThat(time.paused("runpod-stop")).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
      }
    }
  }

  @Test
  void idleItEndsAtOnceWithCodeZero() throws Exception {
    // The platform holds the take for longer than the end is waited for.
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMinutes(10));
        Started started = start(platform, (job, l) -> Started.echo(job), 1, 60, 1)) {
      await()
          .atMost(SOON)
          .until(() -> platform.open(Route.TAKE) == 1 && platform.open(Route.STOP) == 1);
      started.worker().stop();
      await().atMost(SOON).until(() -> platform.open(Route.STOP) == 0);
      assertThat(started.exitCode()).isZero();
    }
  }

  /** The official worker drops a job that its open take brings after the signal. */
  @Test
  void aJobHandedOutAfterTheSignalIsRun() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, (job, l) -> Started.echo(job), 1, 60, 1)) {
      await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
      started.worker().stop();
      platform.hand("late", "{}");
      assertThat(started.exitCode()).isZero();
      assertThat(platform.status("late")).isEqualTo("COMPLETED");
      assertThat(platform.seen(Route.TAKE)).hasSize(1);
    }
  }

  @Test
  void runningJobsAreFinishedFirst() throws Exception {
    Started.Gate gate = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, gate, 1, 60, 1)) {
      platform.hand("running", "{}");
      gate.awaitBegun("running");
      started.worker().stop();
      platform.hand("other", "{}");
      await().atMost(SOON).until(() -> platform.open(Route.STOP) == 0);
      assertThat(started.ended()).isFalse();
      gate.open();
      assertThat(started.exitCode()).isZero();
      assertThat(platform.status("running")).isEqualTo("COMPLETED");
      assertThat(gate.begun).containsExactly("running");
    }
  }

  /**
   * Also a job that ignores its interrupt cannot hold the worker up, nor talk behind its answer.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void unfinishedJobsAreAnsweredWhenTheDrainIsOver(boolean stubborn) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    JobRunner runner =
        (job, listener) -> {
          begun.countDown();
          while (true) {
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              listener.progress(Started.progress(95));
              if (!stubborn) {
                throw e;
              }
            }
          }
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, runner, 1, 5, 10)) {
      platform.hand("long", "{}");
      begun.await();
      started.worker().stop();
      assertThat(started.exitCode()).isZero();
      assertThat(platform.answers("long")).hasSize(1);
      var answer = platform.answers("long").getFirst();
      assertThat(answer.get("error").asText())
          .isEqualTo("The worker was told to stop and the job was not done within 5 s");
      assertThat(answer.at("/output/code").asText()).isEqualTo("WORKER_STOPPED");
      assertThat(answer.at("/output/retryable").asBoolean()).isTrue();
      assertThat(platform.status("long")).isEqualTo("FAILED");
    }
  }

  @Test
  void aGpuFaultAsksForAnotherWorkerAndTakesNothingMore() throws Exception {
    JobRunner runner =
        (job, l) -> {
          throw new JobFailure(ErrorCode.GPU_FAULT, "CUDA error: illegal access", true, null);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, runner, 1, 60, 1)) {
      platform.next(Route.DONE, new Fault.Late(Duration.ofMillis(200)));
      platform.hand("broken", "{}");
      await().atMost(SOON).until(() -> platform.open(Route.DONE) == 1);
      platform.hand("next", "{}");
      assertThat(started.exitCode()).isZero();
      assertThat(platform.answers("broken").getFirst().get("stopPod").asBoolean()).isTrue();
      assertThat(platform.seen(Route.TAKE)).hasSize(1);
      assertThat(platform.posts("next")).isEmpty();
    }
  }

  /** What the open take brings to a worker that is being replaced is given back at once. */
  @Test
  void aJobTakenByAWorkerOnItsWayOutIsAnswered() throws Exception {
    CountDownLatch fail = new CountDownLatch(1);
    JobRunner runner =
        (job, l) -> {
          fail.await();
          throw new JobFailure(ErrorCode.GPU_FAULT, "CUDA error", true, null);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, runner, 2, 60, 1)) {
      platform.hand("broken", "{}");
      await().atMost(SOON).until(() -> platform.seen(Route.TAKE).size() == 2);
      fail.countDown();
      awaitAnswer(platform, "broken");
      platform.hand("late", "{}");
      assertThat(started.exitCode()).isZero();
      assertThat(platform.answers("late")).hasSize(1);
      assertThat(platform.answers("late").getFirst().at("/output/code").asText())
          .isEqualTo("WORKER_STOPPED");
    }
  }

  /** Also where the code between has wrapped it. */
  @Test
  void aWorkerOutOfMemoryEndsWithOne() throws Exception {
    JobRunner runner =
        (job, l) -> {
          throw new IllegalStateException(new OutOfMemoryError("Java heap space"));
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, runner, 1, 60, 1)) {
      platform.hand("last", "{}");
      assertThat(started.exitCode()).isEqualTo(1);
      assertThat(platform.status("last")).isEqualTo("FAILED");
    }
  }

  @Test
  void aFailedStartIsAnsweredReportedAndEndsWithOne() throws Exception {
    JobRunner runner =
        (job, l) -> {
          throw new JobFailure(
              ErrorCode.COMFYUI_START_FAILED, "ComfyUI failed to start: no GPU", true, null);
        };
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, runner, 1, 60, 1)) {
      platform.hand("job", "{}");
      assertThat(started.exitCode()).isEqualTo(1);
      assertThat(platform.answers("job")).hasSize(1);
      assertThat(platform.answers("job").getFirst().get("error").asText())
          .isEqualTo("ComfyUI failed to start: no GPU");
      assertThat(platform.seen(Route.PING).getLast().target())
          .contains("&status=unhealthy&check=start&reason=ComfyUI%20failed%20to%20start")
          .endsWith("&runpod_version=1.12.0");
      assertThat(platform.seen(Route.TAKE)).hasSize(1);
    }
  }

  /** Without a job, whoever starts ComfyUI ends the worker. */
  @Test
  void aFailedStartWithoutAJob() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, (job, l) -> Started.echo(job), 1, 60, 1)) {
      await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
      started
          .worker()
          .startFailed(
              new JobFailure(
                  ErrorCode.COMFYUI_START_FAILED, "ComfyUI failed to start: x", true, null));
      platform.hand("late", "{}");
      assertThat(started.exitCode()).isEqualTo(1);
      assertThat(platform.answers("late").getFirst().get("error").asText())
          .isEqualTo("ComfyUI failed to start: x");
    }
  }

  /** ComfyUI is still starting: the job waits, and can be stopped like any other. */
  @Test
  void aStopDuringTheStart() throws Exception {
    Started.Gate starting = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, starting, 1, 1, 10)) {
      platform.hand("waiting", "{}");
      starting.awaitBegun("waiting");
      platform.stop("waiting");
      await().atMost(SOON).until(() -> starting.interrupted.contains("waiting"));
      starting.open();
      platform.hand("next", "{}");
      awaitAnswer(platform, "next");
      assertThat(platform.posts("waiting")).isEmpty();
    }
  }
}
