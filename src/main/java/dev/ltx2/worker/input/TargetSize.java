package dev.ltx2.worker.input;

/**
 * The video's size in pixels, which ComfyUI's {@code ResizeAndPadImage} fits each image into.
 *
 * @param width of what is shown, pixels
 * @param height of what is shown, pixels
 */
record TargetSize(int width, int height) {
  /**
   * Refuses an image of which nothing would be left. In ComfyUI's own arithmetic: 3136x49 fitted
   * into 64x64 has 49 * (64 / 3136) = 0.9999999999999999 rows, which are none.
   */
  void check(int imageWidth, int imageHeight) throws FetchException {
    double scale = Math.min((double) width / imageWidth, (double) height / imageHeight);
    boolean flat = (int) (imageHeight * scale) == 0;
    if (flat || (int) (imageWidth * scale) == 0) {
      throw FetchException.permanent(
          "the image is %dx%d pixels: fitted into the video's %dx%d, less than one pixel of its %s is left; crop its long side"
              .formatted(imageWidth, imageHeight, width, height, flat ? "height" : "width"));
    }
  }
}
