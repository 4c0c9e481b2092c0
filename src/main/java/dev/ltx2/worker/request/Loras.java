package dev.ltx2.worker.request;

/**
 * LoRA strengths, 0 (not loaded) to 2.
 *
 * @param camera dolly-in camera movement
 * @param distilled inference in few steps
 * @param detailer detail enhancement
 * @param i2v hold of the image, where the model set has a LoRA for it
 */
public record Loras(double camera, double distilled, double detailer, double i2v) {
  /** The three that the API knows. */
  public Loras(double camera, double distilled, double detailer) {
    this(camera, distilled, detailer, 0);
  }
}
