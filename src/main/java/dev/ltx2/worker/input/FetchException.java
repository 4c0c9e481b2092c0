package dev.ltx2.worker.input;

import dev.ltx2.worker.common.ExplainedException;

/** Why one input could not be had; {@link Downloads} puts the input's name before it. */
final class FetchException extends ExplainedException {
  private final boolean retryable;
  private final boolean passing;

  private FetchException(String reason, boolean retryable, boolean passing) {
    super(reason, null);
    this.retryable = retryable;
    this.passing = passing;
  }

  /** The same request will fail again. */
  static FetchException lasting(String reason) {
    return new FetchException(reason, false, false);
  }

  /** The same request may succeed later, not at once. */
  static FetchException retryable(String reason) {
    return new FetchException(reason, true, false);
  }

  /** Often gone a moment later: worth one more try within this job. */
  static FetchException passing(String reason) {
    return new FetchException(reason, true, true);
  }

  boolean retryable() {
    return retryable;
  }

  boolean passing() {
    return passing;
  }
}
