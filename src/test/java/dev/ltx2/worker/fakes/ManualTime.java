package dev.ltx2.worker.fakes;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A clock that moves only when a test moves it. {@link #skipping()} makes one that jumps over every
 * sleep at once; sockets and queues stay real, so an element that arrives ends a poll early.
 */
public final class ManualTime implements Clock {
  private static final Instant START = Instant.parse("2026-02-04T12:00:00Z");
  private volatile boolean skipping;
  private final Duration longestSkip;
  private final Map<Thread, Long> sleepers = new HashMap<>();
  private long nanos;
  private Duration wallShift = Duration.ZERO;

  private ManualTime(boolean skipping, Duration longestSkip) {
    this.skipping = skipping;
    this.longestSkip = longestSkip;
  }

  /** Sleeps last until {@link #advance} has moved the clock past them. */
  public static ManualTime frozen() {
    return new ManualTime(false, Duration.ofDays(1000));
  }

  /** Sleeps return at once and move the clock by their length. */
  public static ManualTime skipping() {
    return skipping(Duration.ofDays(1000));
  }

  /**
   * As {@link #skipping()}, but a poll for longer than this waits for its element in real time and
   * costs nothing: what a slow machine adds to an HTTP call is not measured.
   */
  public static ManualTime skipping(Duration longest) {
    return new ManualTime(true, longest);
  }

  /** From now on it is a {@link #skipping()} one. */
  public synchronized void skip() {
    skipping = true;
    notifyAll();
  }

  /** Moves the clock and wakes who waits for that moment. */
  public synchronized void advance(Duration duration) {
    nanos += duration.toNanos();
    notifyAll();
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  public synchronized void jumpWallClock(Duration duration) {
    wallShift = wallShift.plus(duration);
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public synchronized Instant now() {
    return START.plusNanos(nanos).plus(wallShift);
  }

  @Override
  public synchronized void sleep(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (skipping) {
      advance(duration);
      return;
    }
    long until = nanos + duration.toNanos();
    sleepers.put(Thread.currentThread(), until);
    try {
      while (nanos < until && !skipping) {
        wait();
      }
    } finally {
      sleepers.remove(Thread.currentThread());
    }
    nanos = Math.max(nanos, until);
  }

  /** Whether a thread of that name sleeps, and not to this moment alone. */
  public synchronized boolean sleeps(String thread) {
    return sleepers.entrySet().stream()
        .anyMatch(each -> each.getKey().getName().equals(thread) && each.getValue() > nanos);
  }

  @Override
  public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
    if (timeout.compareTo(longestSkip) > 0) {
      return queue.take();
    }
    long until = nanos() + timeout.toNanos();
    while (true) {
      // A real moment for real sockets to deliver, before a skipping clock jumps.
      E element = queue.poll(skipping ? 20 : 2, TimeUnit.MILLISECONDS);
      if (element != null) {
        return element;
      }
      if (skipping) {
        advance(Duration.ofNanos(Math.max(0, until - nanos())));
      }
      if (nanos() >= until) {
        return queue.poll();
      }
    }
  }
}
