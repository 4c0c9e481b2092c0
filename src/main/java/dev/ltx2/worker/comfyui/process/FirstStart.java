package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import java.time.Duration;
import java.util.Optional;

/**
 * What happens beside ComfyUI's first start.
 *
 * @param times gets what it took
 * @param preflight is asked meanwhile
 */
public record FirstStart(StartTimes times, Preflight preflight) {
  /** Of which nobody wants to know. */
  static FirstStart unseen(Clock time) {
    return new FirstStart(new StartTimes(time, Duration.ZERO), Preflight.NONE);
  }

  /** Looks whether the start can come to a good end. */
  @FunctionalInterface
  public interface Preflight {
    /** A machine that nothing is known of. */
    Preflight NONE = Optional::empty;

    /** Why it cannot, as a sentence with the remedy: ComfyUI is then given up at once. */
    Optional<String> obstacle() throws InterruptedException;
  }
}
