package dev.ltx2.worker.fakes;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A rehearsal that is started as ComfyUI is. */
public final class RehearsalProcess {
  private RehearsalProcess() {}

  public static void main(String[] args) throws InterruptedException {
    List<String> words = List.of(args);
    Path state = Path.of(words.get(words.indexOf("--input-directory") + 1)).getParent();
    int port = Integer.parseInt(words.get(words.indexOf("--port") + 1));
    InjectedFaults faults =
        words.contains("--slow")
            ? InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofSeconds(1)))
            : InjectedFaults.none();
    try (Rehearsal _ = LtxRehearsal.start(state, faults, Clock.SYSTEM, port)) {
      Thread.currentThread().join();
    }
  }
}
