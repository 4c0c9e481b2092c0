package dev.ltx2.worker.job;

/**
 * What a job will answer if its video arrives where it is being sent: whoever hands out jobs can
 * keep it meanwhile, so that the answer outlives this worker.
 *
 * @param answer to be written at once; closing it does nothing
 * @param proof one line, for {@link PromiseCheck} alone: what to look for
 */
public record Promise(Answer answer, String proof) {}
