package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pings, whatever else happens. */
@Timeout(30)
class HeartbeatTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  /** So that the end of a test does not wait for an open poll. */
  private static final Duration BRIEFLY = Duration.ofMillis(100);

  private static final Duration INTERVAL = Duration.ofMillis(100);

  private static RunPodSettings settings(FakeRunPod platform) {
    RunPodSettings s = Started.settings(platform, Duration.ofSeconds(1));
    return new RunPodSettings(
        s.takeUrl(),
        s.doneUrl(),
        s.pingUrl(),
        INTERVAL,
        s.apiKey(),
        s.workerId(),
        s.gpuType(),
        s.drainTimeout());
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault.Status(400),
        new Fault.Status(401),
        new Fault.Status(404),
        new Fault.Status(429),
        new Fault.Status(500),
        new Fault.Drop(),
        new Fault.Late(Duration.ofMinutes(10)));
  }

  /** A ping that fails or hangs is followed by the next one soon, long before its end. */
  @ParameterizedTest
  @MethodSource("faults")
  void goesOnAfter(Fault fault) throws Exception {
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY)) {
      platform.next(Route.PING, new Fault.None(), fault, fault, fault);
      try (Started _ =
          new Started(settings(platform), (job, l) -> Started.echo(job), 1, Clock.SYSTEM)) {
        await().atMost(SOON).until(() -> platform.seen(Route.PING).size() >= 6);
        Seen first = platform.seen(Route.PING).getFirst();
        assertThat(first.headers()).containsEntry("authorization", FakeRunPod.KEY);
      }
    }
  }

  /**
   * The official worker's pings stop for good on an exception, and go on after its core's death.
   */
  @Test
  void survivesItsOwnFaultsAndEndsWithTheCore() throws Exception {
    AtomicBoolean alive = new AtomicBoolean(true);
    AtomicBoolean throwing = new AtomicBoolean(true);
    try (FakeRunPod platform = new FakeRunPod();
        Heartbeat heartbeat =
            new Heartbeat(
                settings(platform),
                new Endpoints(settings(platform)),
                () -> {
                  if (throwing.getAndSet(false)) {
                    throw new IllegalStateException("a fault");
                  }
                  return List.of("a", "b");
                },
                alive::get,
                Clock.SYSTEM)) {
      heartbeat.start();
      await().atMost(SOON).until(() -> platform.seen(Route.PING).size() >= 2);
      assertThat(platform.seen(Route.PING).getFirst().target())
          .endsWith("&job_id=a%2Cb&runpod_version=1.12.0");
      alive.set(false);
      int before = platform.seen(Route.PING).size();
      await()
          .during(Duration.ofMillis(700))
          .atMost(SOON)
          .until(() -> platform.seen(Route.PING).size() <= before + 1);
    }
  }

  /** What the platform does with the other routes does not delay a ping. */
  @Test
  void isNotHeldUpByOtherRoutes() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.always(
          route -> route == Route.PING ? new Fault.None() : new Fault.Late(Duration.ofSeconds(2)));
      try (Started _ =
          new Started(settings(platform), (job, l) -> Started.echo(job), 1, Clock.SYSTEM)) {
        await().atMost(SOON).until(() -> platform.seen(Route.PING).size() >= 5);
      }
    }
  }

  @Test
  void isOffWithoutItsAddress() throws Exception {
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY)) {
      RunPodSettings s = settings(platform);
      RunPodSettings silent =
          new RunPodSettings(
              s.takeUrl(),
              s.doneUrl(),
              Optional.empty(),
              INTERVAL,
              s.apiKey(),
              s.workerId(),
              s.gpuType(),
              s.drainTimeout());
      try (Started _ = new Started(silent, (job, l) -> Started.echo(job), 1, Clock.SYSTEM)) {
        platform.hand("job", "{}");
        await().atMost(SOON).until(() -> !platform.answers("job").isEmpty());
        assertThat(platform.seen(Route.PING)).isEmpty();
      }
    }
  }

  @Test
  void reportsAnUnfitWorkerOnce() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      RunPodWorker.reportUnhealthy(settings(platform), "workflows", "x".repeat(300));
      assertThat(platform.seen(Route.PING)).hasSize(1);
      assertThat(platform.seen(Route.PING).getFirst().target())
          .endsWith(
              "&status=unhealthy&check=workflows&reason="
                  + "x".repeat(256)
                  + "&runpod_version=1.12.0");
      platform.next(Route.PING, new Fault.Drop());
      RunPodWorker.reportUnhealthy(settings(platform), "workflows", "y");
    }
  }

  /** Moves the clock until what waits for it has ended. */
  private static void end(Started started, ManualTime time) throws Exception {
    started.worker().stop();
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          time.advance(Duration.ofSeconds(1));
          return started.ended();
        });
    assertThat(started.exitCode()).isZero();
  }

  /** After a fifth of the usual time, unless the platform has refused it. */
  @Test
  void whatFailsIsTriedAgainSooner() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (FakeRunPod platform = new FakeRunPod().holding(BRIEFLY)) {
      platform.next(Route.PING, new Fault.Status(503), new Fault.Status(400));
      try (Started started =
          new Started(
              Started.settings(platform, Duration.ZERO), (job, l) -> Started.echo(job), 1, time)) {
        await().atMost(SOON).until(() -> sleepsAfter(platform, time, 1));
        time.advance(Duration.ofSeconds(2));
        await().atMost(SOON).until(() -> sleepsAfter(platform, time, 2));
        time.advance(Duration.ofSeconds(9));
        assertThat(sleepsAfter(platform, time, 2)).isTrue();
        time.advance(Duration.ofSeconds(1));
        await().atMost(SOON).until(() -> sleepsAfter(platform, time, 3));
        end(started, time);
      }
    }
  }

  private static boolean sleepsAfter(FakeRunPod platform, ManualTime time, int pings) {
    return platform.seen(Route.PING).size() == pings && time.sleeps("runpod-heartbeat");
  }

  /** The wall clock moves a day; no wait notices. */
  @Test
  void aClockThatJumps() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(300));
        Started started =
            new Started(
                Started.settings(platform, Duration.ZERO),
                (job, l) -> Started.echo(job),
                1,
                time)) {
      await().atMost(SOON).until(() -> platform.seen(Route.PING).size() == 1);
      time.jumpWallClock(Duration.ofDays(1));
      time.jumpWallClock(Duration.ofDays(-3));
      platform.hand("job", "{}");
      await().atMost(SOON).until(() -> !platform.answers("job").isEmpty());
      assertThat(platform.seen(Route.PING)).hasSize(1);
      time.advance(Duration.ofSeconds(10));
      await().atMost(SOON).until(() -> platform.seen(Route.PING).size() == 2);
      end(started, time);
    }
  }

  /**
   * The process is frozen for a minute. A job that came meanwhile waits in the socket and is run;
   * the dead connections are let go; the next ping goes out at once.
   */
  @Test
  void aPauseOfTheWholeProcess() throws Exception {
    ManualTime time = ManualTime.frozen();
    Started.Gate gate = new Started.Gate();
    try (FakeRunPod platform = new FakeRunPod();
        Started started = new Started(Started.settings(platform, Duration.ZERO), gate, 1, time)) {
      await()
          .atMost(SOON)
          .until(() -> platform.open(Route.TAKE) == 1 && platform.seen(Route.PING).size() == 1);
      time.advance(Duration.ofSeconds(60));
      await().atMost(SOON).until(() -> platform.seen(Route.PING).size() >= 2);
      platform.hand("meanwhile", "{}");
      gate.awaitBegun("meanwhile");
      gate.open();
      await().atMost(SOON).until(() -> !platform.answers("meanwhile").isEmpty());
      platform.cutConnections();
      platform.hand("after", "{}");
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> {
            time.advance(Duration.ofMillis(500));
            return !platform.answers("after").isEmpty();
          });
      assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
      end(started, time);
    }
  }
}
