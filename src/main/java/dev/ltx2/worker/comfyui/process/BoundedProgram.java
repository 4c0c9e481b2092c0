package dev.ltx2.worker.comfyui.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a small program has said.
 *
 * @param code its exit code; 137 when it took too long
 */
record BoundedProgram(int code, List<String> lines) {
  private static final int SHOWN = 300;

  /** Runs it to its end, at most for so long. */
  static BoundedProgram run(List<String> command, Duration patience)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    Thread watch = Thread.ofVirtual().start(() -> end(process, patience));
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = said.lines().toList();
      return new BoundedProgram(process.waitFor(), lines);
    } finally {
      watch.interrupt();
    }
  }

  private static void end(Process process, Duration patience) {
    try {
      if (process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      // it is wanted no more
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** For people, in one line. */
  String shown() {
    String text = String.join(" ", lines).strip();
    return text.isEmpty() ? "exit code " + code : text.substring(0, Math.min(SHOWN, text.length()));
  }
}
