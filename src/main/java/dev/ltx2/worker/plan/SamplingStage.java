package dev.ltx2.worker.plan;

import java.util.Optional;

/**
 * One run of the sampler, as planned.
 *
 * @param width pixels
 * @param height pixels
 * @param steps sampling steps
 * @param passes runs of the model for a step
 * @param sigmas empty where the graph's own scheduler makes them
 */
public record SamplingStage(
    int width, int height, int steps, int passes, Optional<SigmaList> sigmas) {}
