package dev.ltx2.worker.storage.client;

import java.time.Duration;

/**
 * How long a store is waited for.
 *
 * @param whole for one upload with all its retries
 * @param connect for a connection
 * @param answer for the next bytes of an answer
 * @param firstDelay before the first retry, jittered, doubling up to {@code longestDelay}
 * @param attempts per request; 0 is as many as {@code whole} has room for
 */
public record UploadTimeouts(
    Duration whole,
    Duration connect,
    Duration answer,
    Duration firstDelay,
    Duration longestDelay,
    int attempts) {
  /** For uploads: a video that took a GPU minutes is worth two. */
  public static final UploadTimeouts UPLOAD =
      new UploadTimeouts(
          Duration.ofSeconds(120),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofMillis(500),
          Duration.ofSeconds(15),
          0);

  /** For the doctor, who has somebody waiting. */
  public static final UploadTimeouts PROBE =
      new UploadTimeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          2);

  /** The client gives up a little earlier, so that the fault itself is told and not the timeout. */
  public Duration retrying() {
    return whole.multipliedBy(95).dividedBy(100);
  }
}
