package dev.ltx2.worker.common;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Time as the worker sees it: injected, so that no test sleeps. Deadlines use {@link #nanos()},
 * which no clock change moves; {@link #now()} is only for names and log lines.
 */
public interface Clock {
  /** The machine's own time. */
  Clock SYSTEM =
      new Clock() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public Instant now() {
          return Instant.now();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
          Thread.sleep(duration);
        }

        @Override
        public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
          return queue.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
      };

  /** Monotonic nanoseconds from an arbitrary origin. */
  long nanos();

  /** The wall clock. */
  Instant now();

  /** Waits for {@code duration}. */
  void sleep(Duration duration) throws InterruptedException;

  /** Waits for the queue's next element; null when {@code timeout} has passed first. */
  <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException;

  /** The time passed since an earlier {@link #nanos()}. */
  default Duration since(long startNanos) {
    return Duration.ofNanos(nanos() - startNanos);
  }
}
