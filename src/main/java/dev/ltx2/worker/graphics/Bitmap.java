package dev.ltx2.worker.graphics;

import java.util.Objects;

/** An image in memory: blue, green and red of 8 bits each, row by row; FFmpeg's bgr24. */
public final class Bitmap {
  private final int width;
  private final int height;
  private final byte[] bgr;

  /** A black one. */
  public Bitmap(int width, int height) {
    this.width = width;
    this.height = height;
    bgr = new byte[Math.multiplyExact(3 * width, height)];
  }

  /** A square of at most 256 pixels in which no two pixels are alike. */
  public static Bitmap testPattern(int size) {
    Bitmap image = new Bitmap(size, size);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        image.rgb(x, y, (x << 16) | (y << 8) | (x ^ y));
      }
    }
    return image;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /** The pixels themselves. */
  public byte[] bgr() {
    return bgr;
  }

  private int at(int x, int y) {
    return 3 * (Objects.checkIndex(y, height) * width + Objects.checkIndex(x, width));
  }

  /** A pixel as 0xRRGGBB. */
  public int rgb(int x, int y) {
    int at = at(x, y);
    return (bgr[at + 2] & 255) << 16 | (bgr[at + 1] & 255) << 8 | (bgr[at] & 255);
  }

  /** Sets a pixel to 0xRRGGBB. */
  public void rgb(int x, int y, int rgb) {
    int at = at(x, y);
    bgr[at] = (byte) rgb;
    bgr[at + 1] = (byte) (rgb >> 8);
    bgr[at + 2] = (byte) (rgb >> 16);
  }

  /** A copy of the part whose top left corner is at x, y. */
  public Bitmap part(int x, int y, int width, int height) {
    Bitmap part = new Bitmap(width, height);
    for (int row = 0; row < height; row++) {
      System.arraycopy(bgr, at(x, y + row), part.bgr, part.at(0, row), 3 * width);
    }
    return part;
  }

  /** Lays an image over this one, its top left corner at x, y; what stands out is cut off. */
  public void paste(Bitmap image, int x, int y) {
    int left = Math.max(0, x);
    int length = 3 * (Math.min(width, x + image.width) - left);
    for (int row = Math.max(0, y); length > 0 && row < Math.min(height, y + image.height); row++) {
      System.arraycopy(image.bgr, image.at(left - x, row - y), bgr, at(left, row), length);
    }
  }

  /** In another size: averaged where it shrinks, linear between pixels where it grows. */
  public Bitmap scaled(int newWidth, int newHeight) {
    Bitmap across = this;
    if (newWidth != width) {
      across = new Bitmap(newWidth, height);
      resample(this, across, false);
    }
    if (newHeight == height) {
      return across;
    }
    Bitmap scaled = new Bitmap(newWidth, newHeight);
    resample(across, scaled, true);
    return scaled;
  }

  /** One axis of an image: its pixels, and the bytes from one to the next and to the next line. */
  private record Axis(int length, int step, int lines, int line) {
    static Axis of(Bitmap image, boolean down) {
      return down
          ? new Axis(image.height, 3 * image.width, image.width, 3)
          : new Axis(image.width, 3, image.height, 3 * image.width);
    }
  }

  /** Along one axis, with a triangle as wide as the pixels it gathers. */
  private static void resample(Bitmap from, Bitmap to, boolean down) {
    Axis source = Axis.of(from, down);
    Axis target = Axis.of(to, down);
    double scale = (double) source.length / target.length;
    double reach = Math.max(1, scale);
    for (int i = 0; i < target.length; i++) {
      double centre = (i + 0.5) * scale;
      int first = Math.max(0, (int) (centre - reach + 0.5));
      float[] weights = new float[Math.min(source.length, (int) (centre + reach + 0.5)) - first];
      float sum = 0;
      for (int k = 0; k < weights.length; k++) {
        weights[k] = (float) Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach);
        sum += weights[k];
      }
      for (int line = 0; line < source.lines; line++) {
        int start = line * source.line + first * source.step;
        int at = line * target.line + i * target.step;
        for (int channel = 0; channel < 3; channel++) {
          float value = weighed(from.bgr, start + channel, source.step, weights);
          to.bgr[at + channel] = (byte) (value / sum + 0.5f);
        }
      }
    }
  }

  private static float weighed(byte[] bytes, int start, int step, float[] weights) {
    float value = 0;
    for (int k = 0, at = start; k < weights.length; k++, at += step) {
      value += weights[k] * (bytes[at] & 255);
    }
    return value;
  }
}
