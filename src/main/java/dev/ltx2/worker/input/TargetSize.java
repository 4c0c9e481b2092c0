package dev.ltx2.worker.input;

/**
 * The film's size in pixels, which ComfyUI's {@code ResizeAndPadImage} fits each picture into.
 *
 * @param width a multiple of 32
 * @param height a multiple of 32
 */
record TargetSize(int width, int height) {
  /**
   * Refuses a picture of which nothing would be left. In ComfyUI's own arithmetic: 3136x49 fitted
   * into 64x64 has 49 * (64 / 3136) = 0.9999999999999999 rows, which are none.
   */
  void check(int pictureWidth, int pictureHeight) throws FetchException {
    double scale = Math.min((double) width / pictureWidth, (double) height / pictureHeight);
    boolean flat = (int) (pictureHeight * scale) == 0;
    if (flat || (int) (pictureWidth * scale) == 0) {
      throw FetchException.lasting(
          "the picture is %dx%d pixels: fitted into the film's %dx%d, less than one pixel of its %s is left; crop its long side"
              .formatted(pictureWidth, pictureHeight, width, height, flat ? "height" : "width"));
    }
  }
}
