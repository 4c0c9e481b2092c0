package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** How long to wait before each restart, and when restarting has become pointless. */
final class Restarts {
  static final int MOST = 3;
  static final Duration WINDOW = Duration.ofMinutes(10);
  private static final int LONGEST_SECONDS = 60;

  private final Clock time;
  private final Deque<Long> recent = new ArrayDeque<>();
  private int sinceSuccess;

  Restarts(Clock time) {
    this.time = time;
  }

  /** 1, 2, 4 … 60 s; empty after three within ten minutes without a success between. */
  synchronized Optional<Duration> next() {
    recent.removeIf(then -> time.since(then).compareTo(WINDOW) >= 0);
    if (recent.size() == MOST) {
      return Optional.empty();
    }
    recent.add(time.nanos());
    int seconds = Math.min(1 << Math.min(sinceSuccess++, 6), LONGEST_SECONDS);
    return Optional.of(Duration.ofSeconds(seconds));
  }

  /** It did what it is there for. */
  synchronized void success() {
    recent.clear();
    sinceSuccess = 0;
  }
}
