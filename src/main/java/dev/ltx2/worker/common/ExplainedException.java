package dev.ltx2.worker.common;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A failure whose message is a sentence for people. */
public abstract class ExplainedException extends Exception {
  /**
   * A failure.
   *
   * @param sentence what happened and, where somebody can, what to do
   * @param cause for the log; null where the sentence says it all
   */
  protected ExplainedException(String sentence, @Nullable Throwable cause) {
    super(Objects.requireNonNull(sentence), cause);
  }

  /** What a log line says of a failure: its sentence, or what kind of defect it is. */
  public static String words(@Nullable Throwable failure) {
    return failure instanceof ExplainedException explained
        ? explained.getMessage()
        : String.valueOf(failure);
  }

  /** The sentence; never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
