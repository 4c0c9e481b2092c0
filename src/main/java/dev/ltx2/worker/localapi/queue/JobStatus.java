package dev.ltx2.worker.localapi.queue;

/** The platform's names for where a job is. */
public enum JobStatus {
  /** Accepted and waiting. */
  IN_QUEUE,
  /** A runner has it. */
  IN_PROGRESS,
  /** Its output is the answer. */
  COMPLETED,
  /** Its error says why. */
  FAILED,
  /** The client wanted it no more. */
  CANCELLED,
  /** It waited or ran for longer than its policy allows. */
  TIMED_OUT;

  /** Whether nothing more becomes of it by itself. */
  public boolean isFinal() {
    return this != IN_QUEUE && this != IN_PROGRESS;
  }

  /** Whether the same job may be asked for again. */
  public boolean mayBeRetried() {
    return this == FAILED || this == TIMED_OUT;
  }
}
