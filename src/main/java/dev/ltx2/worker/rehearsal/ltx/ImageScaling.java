package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import java.util.Arrays;

/** Sizes images by ComfyUI's rules. */
final class ImageScaling {
  private ImageScaling() {}

  /** {@code ResizeAndPadImage}: the whole image, its aspect kept, bars of one colour. */
  static Image pad(Image image, NodeInputs in) throws NodeException {
    int width = in.integer("target_width");
    int height = in.integer("target_height");
    double scale = Math.min((double) width / image.width(), (double) height / image.height());
    int w = (int) (image.width() * scale);
    int h = (int) (image.height() * scale);
    if (w == 0 || h == 0) {
      throw in.text("interpolation").equals("lanczos")
          ? new NodeException("ValueError", "height and width must be > 0")
          : new NodeException("RuntimeError", "Input and output sizes should be greater than 0");
    }
    Bitmap padded = new Bitmap(width, height);
    Arrays.fill(padded.bgr(), (byte) (in.text("padding_color").equals("white") ? 255 : 0));
    padded.paste(image.bitmap().scaled(w, h), (width - w) / 2, (height - h) / 2);
    return new Image(padded);
  }

  /** {@code ImageScale}: to exactly a size, cut to its aspect when {@code crop} is center. */
  static Image scale(Image image, NodeInputs in) throws NodeException {
    int width = in.integer("width");
    int height = in.integer("height");
    if (width == 0 && height == 0) {
      return image;
    }
    if (width == 0) {
      width = (int) Math.max(1, Math.rint((double) image.width() * height / image.height()));
    } else if (height == 0) {
      height = (int) Math.max(1, Math.rint((double) image.height() * width / image.width()));
    }
    return in.text("crop").equals("center")
        ? fill(image, width, height)
        : new Image(image.bitmap().scaled(width, height));
  }

  /** {@code ImageScaleBy}, which rounds as Python does. */
  static Image scaleBy(Image image, double factor) {
    int width = (int) Math.rint(image.width() * factor);
    int height = (int) Math.rint(image.height() * factor);
    return new Image(image.bitmap().scaled(width, height));
  }

  /** As the guide and first-image nodes size an image: cut to the aspect, then scaled. */
  static Image fill(Image image, int width, int height) {
    double had = (double) image.width() / image.height();
    double wants = (double) width / height;
    double cutX = had > wants ? (image.width() - image.width() * (wants / had)) / 2 : 0;
    double cutY = had < wants ? (image.height() - image.height() * (had / wants)) / 2 : 0;
    if (cutX == 0 && cutY == 0 && image.width() == width) {
      return image;
    }
    int left = (int) Math.rint(cutX);
    int top = (int) Math.rint(cutY);
    Bitmap cut = image.bitmap().part(left, top, image.width() - 2 * left, image.height() - 2 * top);
    return new Image(cut.scaled(width, height));
  }
}
