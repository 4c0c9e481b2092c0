package dev.ltx2.worker.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Draws on a picture without AWT fonts: a minimal Debian has neither fontconfig nor freetype. */
public final class Canvas {
  private final BufferedImage image;

  /** Draws on {@code image} (TYPE_3BYTE_BGR or TYPE_INT_RGB). */
  public Canvas(BufferedImage image) {
    this.image = image;
  }

  /** The picture drawn on. */
  public BufferedImage image() {
    return image;
  }

  /**
   * Fills a rectangle.
   *
   * @param argb colour with alpha
   */
  public void rectangle(double x, double y, double width, double height, int argb) {
    Graphics2D graphics = graphics(image);
    graphics.setColor(new Color(argb, true));
    graphics.fill(new Rectangle2D.Double(x, y, width, height));
    graphics.dispose();
  }

  /**
   * Draws a line of text, its top left corner at x, y, its capitals {@code size} pixels high. A
   * character beyond ASCII and a few signs (scripts/Glyphs.java) becomes a box.
   */
  public void text(double x, double y, double size, int argb, String text) {
    Graphics2D graphics = graphics(image);
    graphics.setColor(new Color(argb, true));
    double scale = size / Glyphs.CAPITAL;
    graphics.translate(x, y + size);
    graphics.scale(scale, scale);
    text.codePoints()
        .mapToObj(Glyphs::of)
        .forEach(glyph -> {
          graphics.fill(glyph.outline());
          graphics.translate(glyph.advance(), 0);
        });
    graphics.dispose();
  }

  /** The width {@link #text} would take, in pixels. */
  public static double textWidth(double size, String text) {
    return text.codePoints().mapToDouble(c -> Glyphs.of(c).advance()).sum()
        * (size / Glyphs.CAPITAL);
  }

  /** Draws a picture into a rectangle, letterboxed, its aspect kept. */
  public void picture(BufferedImage picture, double x, double y, double width, double height) {
    double scale = Math.min(width / picture.getWidth(), height / picture.getHeight());
    BufferedImage small = picture;
    // Bicubic filtering looks at 4x4 pixels; beyond a half it would skip some, and text would break
    while (scale < 0.5 && small.getWidth() > 1 && small.getHeight() > 1) {
      small = halve(small);
      scale = Math.min(width / small.getWidth(), height / small.getHeight());
    }
    Graphics2D graphics = graphics(image);
    AffineTransform place = new AffineTransform();
    place.translate(
        x + (width - small.getWidth() * scale) / 2, y + (height - small.getHeight() * scale) / 2);
    place.scale(scale, scale);
    graphics.drawImage(small, place, null);
    graphics.dispose();
  }

  private static BufferedImage halve(BufferedImage picture) {
    int width = (picture.getWidth() + 1) / 2;
    int height = (picture.getHeight() + 1) / 2;
    BufferedImage half = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = graphics(half);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return half;
  }

  private static Graphics2D graphics(BufferedImage image) {
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    return graphics;
  }
}
