package dev.ltx2.worker.comfyui;

/** Hears how a prompt proceeds. */
@FunctionalInterface
public interface GenerationListener {
  /** The inputs are in ComfyUI and no other prompt is: from now on the GPU is this prompt's. */
  default void started() {}

  /**
   * Called on every change, in order, never after {@link ComfyUi#run} has returned.
   *
   * @param fraction 0 to 1 over the whole prompt, never falling
   * @param step sampler steps done, 0 before the sampler
   * @param steps sampler steps in all, 0 while unknown
   * @param node title of the node that runs, or its id
   */
  void progress(double fraction, int step, int steps, String node);
}
