package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import java.nio.file.Path;
import java.time.Duration;

/** A worker that a test kills. */
final class Orphaned {
  private Orphaned() {}

  public static void main(String[] args) throws Exception {
    Launch launch =
        new ProcessLab(Path.of(args[0]))
            .shell(Duration.ofMinutes(10), "echo $$ > $LAB/comfyui.pid", "exec sleep 600");
    ComfyUiProcess.supervise(launch, Clock.SYSTEM).objectInfo();
  }
}
