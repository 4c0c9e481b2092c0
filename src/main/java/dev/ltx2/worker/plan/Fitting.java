package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.Fit;
import dev.ltx2.worker.request.GenerationRequest;
import java.util.Locale;
import java.util.Optional;

/** What an image of another shape costs the video: black sides, or what is cut away. */
public final class Fitting {
  /** Below it is the rounding of sizes to 32, which nobody sees. */
  private static final double NOTABLE = 0.05;

  private static final int STEP = 32;

  private Fitting() {}

  /**
   * A sentence with the figures, where more than 5 % of the video would be black or of the image
   * cut away.
   *
   * @param image which of the request's images, from 0
   * @param width its pixels, upright
   * @param height its pixels, upright
   */
  public static Optional<String> warning(
      GenerationRequest request, int image, int width, int height) {
    double shape = (double) width / height;
    double lost = lost(shape, request.width(), request.height());
    if (lost <= NOTABLE) {
      return Optional.empty();
    }
    boolean pad = request.fit(image) == Fit.PAD;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s has %dx%d pixels, the video %dx%d: %.1f %% of the %s; \"fit\": %s%s",
            request.mode().multiframe() ? "keyframes[" + image + "].image_url" : "image_url",
            width,
            height,
            request.width(),
            request.height(),
            lost * 100,
            pad ? "video stays black" : "image is cut away",
            pad ? "\"crop\" fills it" : "\"pad\" shows all of it",
            nearer(request, shape, lost)));
  }

  /** The part of a video that an image of this shape leaves black, or of the image beyond it. */
  private static double lost(double shape, int width, int height) {
    double ratio = shape * height / width;
    return 1 - Math.min(ratio, 1 / ratio);
  }

  /** A size of about as many pixels; none where rounding makes it no better than the video's. */
  private static String nearer(GenerationRequest request, double shape, double lost) {
    double pixels = (double) request.width() * request.height();
    int width = side(Math.sqrt(pixels * shape));
    int height = side(Math.sqrt(pixels / shape));
    return lost(shape, width, height) < lost
        ? ", a size of %dx%d comes near the image's shape".formatted(width, height)
        : "";
  }

  private static int side(double length) {
    return Math.clamp(Math.round(length / STEP) * STEP, 2 * STEP, 64 * STEP);
  }
}
