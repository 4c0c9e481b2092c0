package dev.ltx2.worker.request;

import java.util.Locale;

/** How an image of another shape is brought into the video's. */
public enum Fit {
  /** Whole, with black at two sides. */
  PAD,
  /** Filling the video; what hangs over at two sides is cut away, the centre stays. */
  CROP;

  /** The API's name for it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
