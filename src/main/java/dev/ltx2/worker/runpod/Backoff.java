package dev.ltx2.worker.runpod;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing pauses with jitter, so that workers that failed together do not return together. */
final class Backoff {
  private final Duration first;
  private final Duration most;
  private int failures;

  Backoff(Duration first, Duration most) {
    this.first = first;
    this.most = most;
  }

  /** The pause after one more failure: between half and the whole of first · 2^n, up to most. */
  Duration next() {
    long whole = Math.min(first.toNanos() << Math.min(failures, 20), most.toNanos());
    failures++;
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(whole / 2, whole + 1));
  }

  /** After a success. */
  void reset() {
    failures = 0;
  }
}
