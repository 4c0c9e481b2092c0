package dev.ltx2.worker.app;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Where every start of the worker begins. */
public final class Main {
  static final int FAILED = 1;
  static final int USAGE = 2;

  private Main() {}

  /** Runs a command of the launcher and exits with its code. */
  public static void main(String[] args) {
    Pulse.start();
    System.exit(List.of(args).equals(List.of("serve")) ? serve() : Commands.execute(args));
  }

  /** The platform waits for this one; reading a command line takes as long as all the rest. */
  private static int serve() {
    try {
      return new ServeCommand().call();
    } catch (Exception e) {
      return explain(e, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }
  }

  /** One sentence for a person; a stack trace only of what is our own fault. */
  static int explain(Exception e, PrintWriter to) {
    if (e instanceof CommandFailure failure) {
      to.println("worker: " + e.getMessage());
      return failure.exitCode();
    }
    if (e instanceof Settings.InvalidSettingsException) {
      to.println("worker: " + e.getMessage());
      return USAGE;
    }
    e.printStackTrace(to);
    return FAILED;
  }

  /** The folder the worker lies in, as the launcher or the image say; else the current one. */
  static Path home() {
    return Path.of(System.getProperty("worker.home", "."));
  }
}
