package dev.ltx2.worker.input;

/** Why one input could not be had; {@link Downloads} puts the input's name before it. */
final class Fault extends Exception {
  private final boolean retryable;
  private final boolean passing;

  private Fault(String reason, boolean retryable, boolean passing) {
    super(reason);
    this.retryable = retryable;
    this.passing = passing;
  }

  /** The same request will fail again. */
  static Fault lasting(String reason) {
    return new Fault(reason, false, false);
  }

  /** The same request may succeed later, not at once. */
  static Fault retryable(String reason) {
    return new Fault(reason, true, false);
  }

  /** Often gone a moment later: worth one more try within this job. */
  static Fault passing(String reason) {
    return new Fault(reason, true, true);
  }

  boolean retryable() {
    return retryable;
  }

  boolean passing() {
    return passing;
  }
}
