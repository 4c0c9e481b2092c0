package dev.ltx2.worker.job;

/** Runs jobs for whoever hands them out, such as the platform's loop. */
@FunctionalInterface
public interface JobRunner {
  /**
   * Runs a job to its end. An interrupt of the calling thread cancels it.
   *
   * @throws JobFailure with the code and the sentence for the client
   * @throws InterruptedException when it was cancelled; nothing of it is left behind
   */
  Answer run(Job job, ProgressListener listener) throws JobFailure, InterruptedException;
}
