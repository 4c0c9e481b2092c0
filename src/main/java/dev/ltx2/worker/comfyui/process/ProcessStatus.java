package dev.ltx2.worker.comfyui.process;

import java.util.List;
import java.util.Optional;

/** What the supervising thread and the callers share. */
final class ProcessStatus {
  /** What a caller of the process can expect. */
  sealed interface Phase {
    record Starting() implements Phase {}

    record Answering(Process process) implements Phase {}

    record GivenUp(String message) implements Phase {}

    record WorkerStopped() implements Phase {}
  }

  private Phase phase = new Phase.Starting();
  private List<String> logTail = List.of();

  synchronized Phase phase() {
    return phase;
  }

  synchronized void become(Phase next) {
    phase = next;
    notifyAll();
  }

  /** Waits until it is neither starting nor dead without anybody having noticed. */
  synchronized Phase awaitSettled() throws InterruptedException {
    while (phase instanceof Phase.Starting
        || (phase instanceof Phase.Answering(var process) && !process.isAlive())) {
      wait();
    }
    return phase;
  }

  /** Waits for another process from now on; the one that is of no more use, if there was one. */
  synchronized Optional<Process> startAnew() {
    if (phase instanceof Phase.Answering(var process)) {
      phase = new Phase.Starting();
      return Optional.of(process);
    }
    return Optional.empty();
  }

  synchronized void keepLog(List<String> lines) {
    logTail = lines;
  }

  synchronized String logTail() {
    return String.join("\n", logTail);
  }
}
