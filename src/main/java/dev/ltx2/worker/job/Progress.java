package dev.ltx2.worker.job;

import java.util.OptionalInt;

/**
 * How far a job is.
 *
 * @param percent 0 to 100 over the whole job, never falling
 * @param step sampler steps done, 0 before the sampler
 * @param steps sampler steps in all, 0 while unknown
 * @param etaSeconds until the end of the job, empty while it cannot be told
 */
public record Progress(Stage stage, int percent, int step, int steps, OptionalInt etaSeconds) {}
