package dev.ltx2.worker.job;

/**
 * Is told of a job's progress; every call comes from the job's own thread or the engine's, in
 * order.
 */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener NONE = progress -> {};

  /** On every change of stage, percent or step. */
  void progress(Progress progress);

  /** The video is about to leave; from a thread of the upload's. Must be short and never throw. */
  default void promised(Promise promise) {}
}
