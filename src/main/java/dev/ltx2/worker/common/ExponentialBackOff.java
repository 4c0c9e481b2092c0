package dev.ltx2.worker.common;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing pauses with jitter, so that workers that failed together do not return together. */
public final class ExponentialBackOff {
  private final Duration first;
  private final Duration most;
  private int failures;

  public ExponentialBackOff(Duration first, Duration most) {
    this.first = first;
    this.most = most;
  }

  /** The pause after one more failure: between half and the whole of first · 2^n, up to most. */
  public Duration next() {
    long whole = Math.min(first.toNanos() << Math.min(failures, 20), most.toNanos());
    failures++;
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(whole / 2, whole + 1));
  }

  /** After a success. */
  public void reset() {
    failures = 0;
  }
}
