package dev.ltx2.worker.app;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** A command that failed for a reason that the person at the terminal can fix. */
public final class CommandFailure extends ExplainedException {
  /** Exit code of work that failed. */
  public static final int FAILED = 1;

  /** Exit code of an option, file or setting that cannot be used. */
  public static final int USAGE = 2;

  private final int exitCode;

  public CommandFailure(String sentence) {
    this(sentence, null);
  }

  public CommandFailure(String sentence, @Nullable Throwable cause) {
    this(FAILED, sentence, cause);
  }

  private CommandFailure(int exitCode, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  /** An option, file or setting that cannot be used, as opposed to work that failed. */
  public static CommandFailure usage(String sentence, @Nullable Throwable cause) {
    return new CommandFailure(USAGE, sentence, cause);
  }

  public int exitCode() {
    return exitCode;
  }
}
