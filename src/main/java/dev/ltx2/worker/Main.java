package dev.ltx2.worker;

import dev.ltx2.worker.app.LivenessFile;
import dev.ltx2.worker.cli.Commands;
import dev.ltx2.worker.cli.ServeCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where every start of the worker begins. */
public final class Main {
  private Main() {}

  /** Runs a command of the launcher and exits with its code. */
  public static void main(String[] args) {
    LivenessFile.start();
    System.exit(List.of(args).equals(List.of("serve")) ? serve() : Commands.execute(args));
  }

  /** The platform waits for this one; reading a command line takes as long as all the rest. */
  private static int serve() {
    try {
      return new ServeCommand().call();
    } catch (Exception e) {
      return Commands.explain(e, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }
  }
}
