package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import java.nio.file.Path;

/** A {@link Rehearsal} of LTX-2, which paints guides, buffer and frame numbers. */
public final class LtxRehearsal {
  private LtxRehearsal() {}

  /**
   * Starts on a free port of loopback.
   *
   * @param folder gets {@code input}, {@code output} and {@code temp}
   */
  public static Rehearsal start(Path folder) {
    return start(folder, InjectedFaults.none(), Clock.SYSTEM);
  }

  /** Starts one that misbehaves; pauses between sampler steps are those of {@code time}. */
  public static Rehearsal start(Path folder, InjectedFaults faults, Clock time) {
    return start(folder, faults, time, 0);
  }

  /** Starts on a given port of loopback: one that died comes back where it was. */
  public static Rehearsal start(Path folder, InjectedFaults faults, Clock time, int port) {
    return Rehearsal.start(new LtxNodes(), folder, faults, time, port);
  }
}
