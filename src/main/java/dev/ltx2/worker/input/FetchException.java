package dev.ltx2.worker.input;

import dev.ltx2.worker.common.ExplainedException;

/** Why one input could not be had; {@link Downloads} puts the input's name before it. */
final class FetchException extends ExplainedException {
  /** When the same request may succeed. */
  private enum Retry {
    NEVER,
    LATER,
    AT_ONCE
  }

  private final Retry retry;

  private FetchException(String reason, Retry retry) {
    super(reason, null);
    this.retry = retry;
  }

  /** The same request will fail again. */
  static FetchException permanent(String reason) {
    return new FetchException(reason, Retry.NEVER);
  }

  /** The same request may succeed later, not at once. */
  static FetchException retryableLater(String reason) {
    return new FetchException(reason, Retry.LATER);
  }

  /** Often gone a moment later: worth one more try within this job. */
  static FetchException transientFault(String reason) {
    return new FetchException(reason, Retry.AT_ONCE);
  }

  boolean isRetryable() {
    return retry != Retry.NEVER;
  }

  boolean isTransient() {
    return retry == Retry.AT_ONCE;
  }
}
