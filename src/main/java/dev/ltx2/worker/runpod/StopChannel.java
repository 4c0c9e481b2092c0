package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.Platform.Stops;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears which jobs were cancelled or ran out of time, busy or idle. */
final class StopChannel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StopChannel.class);

  /** Polls that bring nothing begin no closer together than this. */
  private static final Duration FLOOR = Duration.ofSeconds(1);

  private static final Duration SLOW_DOWN = Duration.ofSeconds(5);

  private final Platform platform;
  private final Consumer<String> stop;
  private final Clock time;
  private final RouteHealth health = new RouteHealth(LOG, "The stop channel");
  private final Thread thread =
      Thread.ofPlatform().daemon().name("runpod-stop").unstarted(this::listen);

  StopChannel(Platform platform, Consumer<String> stop, Clock time) {
    this.platform = platform;
    this.stop = stop;
    this.time = time;
  }

  void start() {
    if (platform.canStop()) {
      thread.start();
    } else {
      LOG.warn("Jobs cannot be stopped: RUNPOD_WEBHOOK_GET_JOB has no /job-take/ in it");
    }
  }

  private void listen() {
    ExponentialBackOff backoff =
        new ExponentialBackOff(FLOOR.multipliedBy(2), Duration.ofSeconds(30));
    try {
      while (true) {
        long start = time.nanos();
        Duration gap = FLOOR;
        switch (platform.stops()) {
          case Stops.Ids(List<String> ids) -> {
            health.worked();
            backoff.reset();
            ids.forEach(this::stop);
            gap = ids.isEmpty() ? FLOOR : FLOOR.dividedBy(5);
          }
          case Platform.SlowDown() -> gap = SLOW_DOWN;
          case Platform.Failed(String why) -> {
            health.failed(why);
            gap = backoff.next();
          }
        }
        Duration wait = gap.minus(time.since(start));
        if (wait.isPositive()) {
          time.sleep(wait);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void stop(String id) {
    try {
      stop.accept(id);
    } catch (RuntimeException e) {
      LOG.error("A job could not be stopped", e);
    }
  }

  /** Ends the poll at once. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
