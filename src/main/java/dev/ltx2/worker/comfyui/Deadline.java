package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;

/**
 * The moment at which a wait ends, whatever it waits for.
 *
 * @param nanos on the clock of {@code time}
 */
record Deadline(Clock time, long nanos) {
  /** That long from now. */
  static Deadline in(Clock time, Duration duration) {
    return new Deadline(time, time.nanos() + duration.toNanos());
  }

  /** Zero or less once it has passed. */
  Duration left() {
    return Duration.ofNanos(nanos - time.nanos());
  }

  boolean passed() {
    return !left().isPositive();
  }

  /** What is left, but not more than {@code most}. */
  Duration left(Duration most) {
    Duration left = left();
    return left.compareTo(most) < 0 ? left : most;
  }

  Deadline later(Duration duration) {
    return new Deadline(time, nanos + duration.toNanos());
  }

  Deadline orEarlier(Deadline other) {
    return other.nanos - nanos < 0 ? other : this;
  }

  /** Not before that long from now: one last try. */
  Deadline atLeast(Duration least) {
    return left().compareTo(least) < 0 ? in(time, least) : this;
  }
}
