package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker that cannot do jobs takes none, and is given up when that lasts. */
@Timeout(30)
class GateTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String FULL = "The disk is nearly full: 1.0 MB are left in /tmp";

  @TempDir private Path temp;
  private volatile Optional<String> obstacle = Optional.empty();
  private final AtomicInteger asked = new AtomicInteger();

  private Optional<String> ask() {
    asked.incrementAndGet();
    return obstacle;
  }

  private Started start(FakeRunPod platform, JobRunner runner, int concurrency, Clock time)
      throws IOException {
    RunPodSettings settings = Started.settings(platform, Duration.ofSeconds(60));
    RunPodWorker worker = new RunPodWorker(settings, runner, concurrency, temp, time);
    worker.askBeforeTaking(this::ask);
    return new Started(worker);
  }

  @Test
  void nothingIsTakenWhileSomethingHindersIt() throws Exception {
    obstacle = Optional.of(FULL);
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100));
        Started _ = start(platform, (job, _) -> Started.echo(job), 1, new FastTime(20))) {
      platform.hand("a", "{}");
      await().atMost(SOON).until(() -> asked.get() > 20);
      assertThat(platform.seen(Route.TAKE)).isEmpty();
      obstacle = Optional.empty();
      await().atMost(SOON).until(() -> !platform.answers("a").isEmpty());
      assertThat(platform.status("a")).isEqualTo("COMPLETED");
    }
  }

  @Test
  void aMinuteOfItEndsTheWorkerWhichReportsItself() throws Exception {
    obstacle = Optional.of(FULL);
    try (FakeRunPod platform = new FakeRunPod();
        Started worker = start(platform, (job, _) -> Started.echo(job), 1, new FastTime(20))) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(asked.get()).isBetween(50, 70);
      assertThat(platform.seen(Route.TAKE)).isEmpty();
      assertThat(platform.seen(Route.PING).getLast().target())
          .contains("status=unhealthy", "check=disk", "reason=The%20disk%20is%20nearly%20full");
    }
  }

  /** Whose files fill the disk, and go with it. */
  @Test
  void theMinuteBeginsWhenTheLastJobHasEnded() throws Exception {
    Started.Gate jobs = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100));
        Started worker = start(platform, jobs, 2, new FastTime(50))) {
      platform.hand("a", "{}");
      jobs.awaitBegun("a");
      obstacle = Optional.of(FULL);
      int before = asked.get();
      await().atMost(SOON).until(() -> asked.get() > before + 150);
      assertThat(worker.ended()).isFalse();
      jobs.open();
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(platform.status("a")).isEqualTo("COMPLETED");
    }
  }
}
