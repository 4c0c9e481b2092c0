package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.common.StartTimes.StartPhase;
import org.jspecify.annotations.Nullable;

/** Sees in ComfyUI's log when its modules are loaded; the rest of its start is its server's. */
final class ImportTime {
  private static final String LOADED = "Starting server";

  private final StartTimes times;
  private final Clock time;
  private final long start;
  private @Nullable Long loaded;

  /** Begins now. */
  ImportTime(StartTimes times, Clock time) {
    this.times = times;
    this.time = time;
    this.start = time.nanos();
  }

  /** A line of its log. */
  synchronized void hear(String line) {
    if (loaded == null && line.endsWith(LOADED)) {
      loaded = time.nanos();
      times.took(StartPhase.COMFYUI_IMPORT, time.since(start));
    }
  }

  /** It answers. A version that says nothing before has its import in this. */
  synchronized void answers() {
    times.took(StartPhase.SERVER_UP, time.since(loaded == null ? start : loaded));
  }
}
