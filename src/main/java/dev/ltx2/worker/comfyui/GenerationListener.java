package dev.ltx2.worker.comfyui;

import java.time.Duration;

/** Hears how a prompt proceeds. */
@FunctionalInterface
public interface GenerationListener {
  /** The inputs are in ComfyUI and no other prompt is: from now on the GPU is this prompt's. */
  default void started() {}

  /**
   * How long the prompt will still take by the pace of the sampler's steps so far; told before the
   * {@link #progress} it goes with, from the second step on.
   */
  default void left(Duration left) {}

  /**
   * Called on every change, in order, never after {@link ComfyUi#run} has returned.
   *
   * @param fraction 0 to 1 over the whole prompt, never falling
   * @param step steps done of all samplers together, 0 before the first
   * @param steps steps of all samplers together, 0 while unknown
   * @param node title of the node that runs, or its id
   */
  void progress(double fraction, int step, int steps, String node);
}
