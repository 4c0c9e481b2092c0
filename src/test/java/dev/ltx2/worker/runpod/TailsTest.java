package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a job behind the GPU overlaps with the next one. */
@Timeout(40)
class TailsTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  /** Jobs whose video leaves the GPU at once and arrives when the test says so. */
  private static final class SlowStore implements JobRunner {
    final List<String> begun = new CopyOnWriteArrayList<>();
    final List<String> stored = new CopyOnWriteArrayList<>();
    final List<String> interrupted = new CopyOnWriteArrayList<>();
    private final Map<String, CountDownLatch> arrivals = new ConcurrentHashMap<>();

    @Override
    public Answer run(Job job, ProgressListener listener) throws JobFailure, InterruptedException {
      begun.add(job.id());
      if (job.input().has("fault")) {
        throw new JobFailure(ErrorCode.GPU_FAULT, "The GPU failed", true, null);
      }
      if (job.input().has("long")) {
        arrival(job.id()).await();
      }
      listener.progress(new Progress(Stage.MUX, 93, 8, 8, OptionalInt.empty()));
      listener.progress(new Progress(Stage.STORE, 95, 8, 8, OptionalInt.empty()));
      stored.add(job.id());
      try {
        arrival(job.id()).await();
      } catch (InterruptedException e) {
        interrupted.add(job.id());
        throw e;
      }
      return Started.echo(job);
    }

    private CountDownLatch arrival(String id) {
      return arrivals.computeIfAbsent(id, _ -> new CountDownLatch(1));
    }

    void arrive(String... ids) {
      List.of(ids).forEach(id -> arrival(id).countDown());
    }

    void awaitStored(String... ids) {
      await().atMost(SOON).until(() -> stored.containsAll(List.of(ids)));
    }
  }

  private final SlowStore jobs = new SlowStore();

  private Started start(FakeRunPod platform, int concurrency, int drainSeconds) throws Exception {
    return new Started(
        Started.settings(platform, Duration.ofSeconds(drainSeconds)),
        jobs,
        concurrency,
        new FastTime(20));
  }

  private static void awaitAnswer(FakeRunPod platform, String id) {
    await().atMost(SOON).until(() -> !platform.answers(id).isEmpty());
  }

  private static void awaitPing(FakeRunPod platform, String ids) {
    await()
        .atMost(SOON)
        .until(() -> platform.seen(Route.PING).getLast().target().contains("&job_id=" + ids + "&"));
  }

  /** Every job that is not answered yet is pinged, and the platform is told that one is here. */
  @Test
  void theNextJobComesWhileAVideoIsStored() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, 1, 60)) {
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      jobs.awaitStored("one", "two");
      awaitPing(platform, "one%2Ctwo");
      assertThat(platform.seen(Route.TAKE).get(1).target()).endsWith("job_in_progress=1");
      assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
      jobs.arrive("two");
      awaitAnswer(platform, "two");
      awaitPing(platform, "one");
      jobs.arrive("one");
      awaitAnswer(platform, "one");
      assertThat(platform.seen(Route.TAKE))
          .as("one seat, so one job at a time is asked for")
          .allMatch(take -> take.target().contains("/job-take/"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void noMoreThanTwoVideosAreOnTheirWayBesideTheSeats(int seats) throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, seats, 60)) {
      String[] ids =
          IntStream.rangeClosed(1, seats + 2).mapToObj(i -> "job" + i).toArray(String[]::new);
      for (String id : ids) {
        platform.hand(id, "{}");
      }
      platform.hand("last", "{}");
      jobs.awaitStored(ids);
      awaitPing(platform, String.join("%2C", ids));
      assertThat(platform.open(Route.TAKE)).isZero();
      jobs.arrive("job2");
      jobs.awaitStored("last");
      jobs.arrive(ids);
      jobs.arrive("last");
      awaitAnswer(platform, "last");
    }
  }

  /** The platform may hand out more than was asked for. */
  @Test
  void aBatchThatIsTooLargeWaitsForItsSeats() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(
          Route.TAKE,
          new Fault.Text(
              "application/json",
              """
              [{"id":"a","input":{}},{"id":"b","input":{}},{"id":"c","input":{}},
               {"id":"d","input":{}}]
              """));
      try (Started _ = start(platform, 1, 60)) {
        jobs.awaitStored("a", "b", "c");
        assertThat(jobs.begun).containsExactly("a", "b", "c");
        jobs.arrive("b");
        jobs.awaitStored("d");
        jobs.arrive("a", "c", "d");
        awaitAnswer(platform, "d");
      }
    }
  }

  @Test
  void aVideoOnItsWayIsStoppedAlone() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started _ = start(platform, 1, 60)) {
      platform.hand("stopped", "{}");
      platform.hand("kept", "{}");
      platform.hand("next", "{\"long\":true}");
      jobs.awaitStored("stopped", "kept");
      awaitPing(platform, "stopped%2Ckept%2Cnext");
      platform.stop("stopped");
      await().atMost(SOON).until(() -> jobs.interrupted.contains("stopped"));
      awaitPing(platform, "kept%2Cnext");
      jobs.arrive("kept", "next");
      awaitAnswer(platform, "kept");
      awaitAnswer(platform, "next");
      assertThat(platform.answers("stopped")).isEmpty();
      assertThat(jobs.interrupted).containsExactly("stopped");
    }
  }

  @Test
  void aWorkerThatIsToldToStopSendsTheVideosFirst() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, 1, 60)) {
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      jobs.awaitStored("one", "two");
      started.worker().stop();
      assertThat(started.ended()).isFalse();
      jobs.arrive("one", "two");
      assertThat(started.exitCode()).isZero();
      assertThat(platform.status("one")).isEqualTo("COMPLETED");
      assertThat(platform.status("two")).isEqualTo("COMPLETED");
    }
  }

  @Test
  void videosThatDoNotArriveInTimeAreAnsweredToo() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, 1, 5)) {
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      jobs.awaitStored("one", "two");
      started.worker().stop();
      assertThat(started.exitCode()).isZero();
      for (String id : List.of("one", "two")) {
        assertThat(platform.answers(id)).hasSize(1);
        assertThat(platform.answers(id).getFirst().at("/output/code").asText())
            .isEqualTo("WORKER_STOPPED");
      }
    }
  }

  /** The platform ends the worker once it has that answer: the videos go first. */
  @Test
  void aBrokenGpuIsReportedAfterTheVideos() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        Started started = start(platform, 1, 60)) {
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      jobs.awaitStored("one", "two");
      platform.hand("broken", "{\"fault\":true}");
      await().atMost(SOON).until(() -> asksNoMore(platform));
      assertThat(platform.answers("broken")).isEmpty();
      jobs.arrive("one", "two");
      assertThat(started.exitCode()).isZero();
      assertThat(platform.seen(Route.DONE).stream().filter(TailsTest::isAnswer).map(Seen::jobId))
          .hasSize(3)
          .endsWith("broken");
    }
  }

  /** Whether the worker has stopped asking for jobs. */
  private static boolean asksNoMore(FakeRunPod platform) {
    return platform.seen(Route.TAKE).size() >= 3 && platform.open(Route.TAKE) == 0;
  }

  private static boolean isAnswer(Seen post) {
    return !post.text().contains("IN_PROGRESS");
  }
}
