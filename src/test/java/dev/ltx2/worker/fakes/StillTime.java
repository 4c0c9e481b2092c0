package dev.ltx2.worker.fakes;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A clock that stands still, so that no machine is too slow for a test: nothing is ever late, every
 * pause is asked for in full. Pauses last the {@code factor}th part, and are written down.
 */
public final class StillTime implements Clock {
  private static final Instant NOW = Instant.parse("2026-02-04T12:00:00Z");

  private final int factor;
  private final List<Pause> pauses = new CopyOnWriteArrayList<>();

  /** A pause to its end; a poll that brought something was none. */
  private record Pause(String thread, Duration length) {}

  public StillTime(int factor) {
    this.factor = factor;
  }

  /** The pauses of the threads whose name starts so, in order. */
  public List<Duration> pauses(String thread) {
    return pauses.stream().filter(p -> p.thread.startsWith(thread)).map(Pause::length).toList();
  }

  /**
   * Their sum. A slow answer may have added ticks of {@code PatientCall}, but takes nothing away.
   */
  public Duration paused(String thread) {
    return pauses(thread).stream().reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public long nanos() {
    return 0;
  }

  @Override
  public Instant now() {
    return NOW;
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    pauses.add(new Pause(Thread.currentThread().getName(), duration));
    SYSTEM.sleep(duration.dividedBy(factor));
  }

  @Override
  public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
    E element = SYSTEM.poll(queue, timeout.dividedBy(factor));
    if (element == null) {
      pauses.add(new Pause(Thread.currentThread().getName(), timeout));
    }
    return element;
  }
}
