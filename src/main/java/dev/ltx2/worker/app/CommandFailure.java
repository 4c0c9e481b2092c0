package dev.ltx2.worker.app;

import picocli.CommandLine.ExitCode;

/** A command that failed for a reason the person at the terminal can act on. */
final class CommandFailure extends Exception {
  private final int exitCode;

  CommandFailure(String sentence) {
    this(sentence, null);
  }

  CommandFailure(String sentence, Throwable cause) {
    this(ExitCode.SOFTWARE, sentence, cause);
  }

  private CommandFailure(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  /** An option, file or setting that cannot be used, as opposed to work that failed. */
  static CommandFailure usage(String sentence, Throwable cause) {
    return new CommandFailure(ExitCode.USAGE, sentence, cause);
  }

  int exitCode() {
    return exitCode;
  }
}
