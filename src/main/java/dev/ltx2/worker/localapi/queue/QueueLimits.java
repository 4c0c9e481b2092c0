package dev.ltx2.worker.localapi.queue;

import java.time.Duration;

/**
 * How much is kept, and for how long.
 *
 * @param jobs that may wait
 * @param bytes that the requests of waiting and running jobs may take on disk
 * @param results finished jobs that are kept
 * @param retention of a result
 * @param syncRetention of the result of a job whose client waited for it
 * @param webhookGap between two tries of a webhook
 */
public record QueueLimits(
    int jobs,
    long bytes,
    int results,
    Duration retention,
    Duration syncRetention,
    Duration webhookGap) {
  /** Results and webhooks as the platform has them. */
  public static final QueueLimits DEFAULTS =
      new QueueLimits(
          1000,
          1L << 30,
          10_000,
          Duration.ofMinutes(30),
          Duration.ofMinutes(1),
          Duration.ofSeconds(10));
}
