package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.rehearsal.Value.Still;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Sizes pictures by ComfyUI's rules. */
final class Scaling {
  private Scaling() {}

  static Still bgr(BufferedImage picture) {
    if (picture.getType() == BufferedImage.TYPE_3BYTE_BGR) {
      return new Still(picture);
    }
    return new Still(part(picture, picture.getWidth(), picture.getHeight(), 0, 0));
  }

  /** {@code ResizeAndPadImage}: the whole picture, its aspect kept, bars of one colour. */
  static Still pad(Still image, NodeInputs in) throws NodeException {
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
    BufferedImage padded = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D to = padded.createGraphics();
    to.setColor(in.text("padding_color").equals("white") ? Color.WHITE : Color.BLACK);
    to.fillRect(0, 0, width, height);
    to.dispose();
    draw(image.picture(), padded, (width - w) / 2, (height - h) / 2, w, h);
    return new Still(padded);
  }

  /** {@code ImageScale}: to exactly a size, cut to its aspect when {@code crop} is center. */
  static Still scale(Still image, NodeInputs in) throws NodeException {
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
        : new Still(part(image.picture(), width, height, 0, 0));
  }

  /** As the guide and first-image nodes size a picture: cut to the aspect, then scaled. */
  static Still fill(Still image, int width, int height) {
    double had = (double) image.width() / image.height();
    double wants = (double) width / height;
    double cutX = had > wants ? (image.width() - image.width() * (wants / had)) / 2 : 0;
    double cutY = had < wants ? (image.height() - image.height() * (had / wants)) / 2 : 0;
    if (cutX == 0 && cutY == 0 && image.width() == width) {
      return image;
    }
    return new Still(
        part(image.picture(), width, height, (int) Math.rint(cutX), (int) Math.rint(cutY)));
  }

  private static BufferedImage part(BufferedImage from, int width, int height, int cutX, int cutY) {
    BufferedImage to = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    BufferedImage part =
        from.getSubimage(cutX, cutY, from.getWidth() - 2 * cutX, from.getHeight() - 2 * cutY);
    draw(part, to, 0, 0, width, height);
    return to;
  }

  /** Halves first while far too large: bilinear alone would skip pixels. */
  private static void draw(BufferedImage from, BufferedImage to, int x, int y, int w, int h) {
    BufferedImage source = from;
    while (source.getWidth() >= 2 * w && source.getHeight() >= 2 * h) {
      int halfWidth = source.getWidth() / 2;
      int halfHeight = source.getHeight() / 2;
      BufferedImage half = new BufferedImage(halfWidth, halfHeight, BufferedImage.TYPE_3BYTE_BGR);
      paste(source, half, 0, 0, halfWidth, halfHeight);
      source = half;
    }
    paste(source, to, x, y, w, h);
  }

  private static void paste(BufferedImage from, BufferedImage to, int x, int y, int w, int h) {
    Graphics2D graphics = to.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(from, x, y, w, h, null);
    graphics.dispose();
  }
}
