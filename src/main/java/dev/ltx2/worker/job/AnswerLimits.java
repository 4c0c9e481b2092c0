package dev.ltx2.worker.job;

/**
 * The longest answers that a platform takes, in bytes of JSON.
 *
 * @param usual of most jobs
 * @param sync of jobs whose clients wait for the answer: their ids start with {@code sync-}
 */
public record AnswerLimits(long usual, long sync) {
  /** RunPod answers a longer one with 400 and shows the job as completed without output. */
  public static final AnswerLimits RUNPOD = new AnswerLimits(10_000_000, 20_000_000);

  /** The limit of one job. */
  public long of(String jobId) {
    return jobId.startsWith("sync-") ? sync : usual;
  }
}
