package dev.ltx2.worker.localapi;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The platform's limits of calls: so many within ten seconds, so many at once. */
final class RateLimits {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** What is limited by itself. */
  enum Operation {
    RUN(1000, 200),
    RUNSYNC(2000, 400),
    STATUS(2000, 400),
    STREAM(2000, 400),
    CANCEL(100, 20),
    PURGE(2, 2);

    private final int calls;
    private final int atOnce;

    Operation(int calls, int atOnce) {
      this.calls = calls;
      this.atOnce = atOnce;
    }
  }

  private static final class Window {
    private long start;
    private int calls;
    private int open;
  }

  private final Map<Operation, Window> windows = new EnumMap<>(Operation.class);
  private final Clock time;

  RateLimits(Clock time) {
    this.time = time;
    for (Operation operation : Operation.values()) {
      Window window = new Window();
      window.start = time.nanos();
      windows.put(operation, window);
    }
  }

  /** Counts a call that begins; {@link #end} must follow. */
  synchronized void begin(Operation operation) throws Refusal {
    Window window = window(operation);
    if (time.since(window.start).compareTo(WINDOW) >= 0) {
      window.start = time.nanos();
      window.calls = 0;
    }
    if (window.calls >= operation.calls || window.open >= operation.atOnce) {
      throw new Refusal(
          429,
          "Too many calls: %d within 10 s and %d at once are allowed here"
              .formatted(operation.calls, operation.atOnce));
    }
    window.calls++;
    window.open++;
  }

  synchronized void end(Operation operation) {
    window(operation).open--;
  }

  private Window window(Operation operation) {
    return Objects.requireNonNull(windows.get(operation));
  }
}
