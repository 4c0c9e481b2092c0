package dev.ltx2.worker.app;

import dev.ltx2.worker.Time;
import dev.ltx2.worker.rehearsal.Fault;
import dev.ltx2.worker.rehearsal.Faults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A rehearsal that is started as ComfyUI is. */
final class RehearsalProcess {
  private RehearsalProcess() {}

  public static void main(String[] args) throws InterruptedException {
    List<String> words = List.of(args);
    Path state = Path.of(words.get(words.indexOf("--input-directory") + 1)).getParent();
    int port = Integer.parseInt(words.get(words.indexOf("--port") + 1));
    Faults faults =
        words.contains("--slow")
            ? Faults.of(new Fault.SlowSteps(Duration.ofSeconds(1)))
            : Faults.none();
    try (Rehearsal _ = Rehearsal.start(state, faults, Time.SYSTEM, port)) {
      Thread.currentThread().join();
    }
  }
}
