package dev.ltx2.worker.job;

/**
 * How long a text of JSON a platform takes, in bytes.
 *
 * @param usual of most jobs
 * @param sync of jobs whose clients wait for the answer: their ids start with {@code sync-}
 */
public record SizeLimits(long usual, long sync) {
  /** RunPod answers a longer one with 400 and shows the job as completed without output. */
  public static final SizeLimits RUNPOD_ANSWERS = new SizeLimits(10_000_000, 20_000_000);

  /** Those of {@code /run} and of {@code /runsync}. */
  public static final SizeLimits RUNPOD_REQUESTS = new SizeLimits(10_000_000, 20_000_000);

  /** The limit of one job. */
  public long of(String jobId) {
    return jobId.startsWith("sync-") ? sync : usual;
  }
}
