package dev.ltx2.worker.runpod.protocol;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the platform tells a worker through its environment. The URLs are opaque templates with
 * {@code $ID}, {@code $RUNPOD_POD_ID} and {@code $RUNPOD_GPU_TYPE_ID}.
 *
 * @param takeUrl {@code RUNPOD_WEBHOOK_GET_JOB}
 * @param doneUrl {@code RUNPOD_WEBHOOK_POST_OUTPUT}
 * @param pingUrl {@code RUNPOD_WEBHOOK_PING}
 * @param pingInterval {@code RUNPOD_PING_INTERVAL}, in milliseconds there
 * @param apiKey {@code RUNPOD_AI_API_KEY}, sent as it is
 * @param workerId {@code RUNPOD_POD_ID}
 * @param gpuType {@code RUNPOD_GPU_TYPE_ID}
 * @param drainTimeout {@code DRAIN_TIMEOUT}: what running jobs get after SIGTERM
 */
public record RunPodSettings(
    Optional<String> takeUrl,
    Optional<String> doneUrl,
    Optional<String> pingUrl,
    Duration pingInterval,
    Optional<String> apiKey,
    Optional<String> workerId,
    Optional<String> gpuType,
    Duration drainTimeout) {

  /** The variables without which no job can be taken and answered, as far as they are unset. */
  public List<String> missing() {
    List<String> names = new ArrayList<>();
    if (takeUrl.isEmpty()) {
      names.add("RUNPOD_WEBHOOK_GET_JOB");
    }
    if (doneUrl.isEmpty()) {
      names.add("RUNPOD_WEBHOOK_POST_OUTPUT");
    }
    return names;
  }

  /** Without the key, and without URLs, which may carry one. */
  @Override
  public String toString() {
    return "RunPodSettings[workerId=%s, pingInterval=%s, drainTimeout=%s]"
        .formatted(workerId.orElse("none"), pingInterval, drainTimeout);
  }
}
