package dev.ltx2.worker.job;

import java.util.OptionalInt;

/**
 * How far a job is.
 *
 * @param percent 0 to 100 over the whole job, never falling
 * @param step steps done of all samplers together, 0 before the first
 * @param steps steps of all samplers together, 0 while unknown
 * @param etaSeconds until the end of the job, empty while it cannot be told
 */
public record Progress(Stage stage, int percent, int step, int steps, OptionalInt etaSeconds) {}
