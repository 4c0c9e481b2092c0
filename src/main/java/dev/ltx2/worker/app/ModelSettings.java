package dev.ltx2.worker.app;

import java.time.Duration;

/**
 * How a worker of the platform comes to its models.
 *
 * @param pull whether it fetches what is missing before it takes its first job
 * @param initTimeout what the platform allows for a start; the worker only names it in its log
 */
public record ModelSettings(boolean pull, Duration initTimeout) {
  static ModelSettings read(Env env) {
    return new ModelSettings(
        env.flag(
            "MODELS_PULL", false, "whether missing models are fetched before any job is taken"),
        env.seconds(
            "RUNPOD_INIT_TIMEOUT",
            420,
            1,
            604_800,
            "seconds the platform allows for a start; the platform reads it, the worker's log"
                + " names it"));
  }
}
