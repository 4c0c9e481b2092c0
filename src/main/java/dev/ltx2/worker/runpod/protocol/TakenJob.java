package dev.ltx2.worker.runpod.protocol;

import dev.ltx2.worker.job.Job;
import java.util.Optional;

/**
 * One element of what a take brought.
 *
 * @param fault why it cannot be run although it has an id; it is then answered with this sentence
 */
public record TakenJob(Job job, Optional<String> fault) {}
