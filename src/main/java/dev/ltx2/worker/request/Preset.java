package dev.ltx2.worker.request;

import java.util.Locale;

/** The API's quality presets: what they set unless the request says otherwise. */
enum Preset {
  FAST(8, 0.6, 0.5),
  HIGH(8, 0.6, 1.0),
  ULTRA(12, 0.8, 1.0);

  private final int steps;
  private final double distilled;
  private final double detailer;

  Preset(int steps, double distilled, double detailer) {
    this.steps = steps;
    this.distilled = distilled;
    this.detailer = detailer;
  }

  /** The API's name for it. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  int steps() {
    return steps;
  }

  /** The camera moves alike in all of them. */
  Loras loras() {
    return new Loras(0.3, distilled, detailer);
  }
}
