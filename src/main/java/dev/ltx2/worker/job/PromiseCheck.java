package dev.ltx2.worker.job;

import dev.ltx2.worker.common.ExplainedException;

/** Whether a promise has come true, asked after the death of the worker that made it. */
@FunctionalInterface
public interface PromiseCheck {
  /**
   * Whether the video is where the promised answer says. May take some seconds.
   *
   * @param proof as {@link Promise#proof} had it
   * @throws ExplainedException when that cannot be told yet
   */
  boolean holds(String proof) throws ExplainedException, InterruptedException;
}
