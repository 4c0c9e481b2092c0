package dev.ltx2.worker.fakes;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;

/** The machine's time, run faster: every wait keeps its place among the others, beside real I/O. */
public record FastTime(int factor) implements Clock {
  @Override
  public long nanos() {
    return System.nanoTime() * factor;
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    SYSTEM.sleep(duration.dividedBy(factor));
  }

  @Override
  public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
    return SYSTEM.poll(queue, timeout.dividedBy(factor));
  }
}
