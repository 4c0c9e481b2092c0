package dev.ltx2.worker.graphics;

import dev.ltx2.worker.graphics.Glyphs.Edge;
import dev.ltx2.worker.graphics.Glyphs.Glyph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Draws on an image. Not by AWT, which with its fonts and natives is 25 MB of an image. */
public final class Canvas implements DrawingSurface {
  /** Lines that a row of pixels is looked at on; along them coverage is exact. */
  private static final int LINES = 4;

  private final Bitmap image;

  /** Draws on {@code image}. */
  public Canvas(Bitmap image) {
    this.image = image;
  }

  /** The image drawn on. */
  public Bitmap image() {
    return image;
  }

  /**
   * Fills a rectangle.
   *
   * @param argb colour with alpha
   */
  @Override
  public void rectangle(double x, double y, double width, double height, int argb) {
    for (int row = above(y); row < below(y + height, image.height()); row++) {
      double part = overlap(row, y, y + height);
      for (int column = above(x); column < below(x + width, image.width()); column++) {
        blend(column, row, argb, part * overlap(column, x, x + width));
      }
    }
  }

  private static int above(double edge) {
    return Math.max(0, (int) Math.floor(edge));
  }

  private static int below(double edge, int limit) {
    return Math.min(limit, (int) Math.ceil(edge));
  }

  /** How much of a pixel, on one axis, lies between two edges. */
  private static double overlap(int pixel, double from, double to) {
    return Math.max(0, Math.min(pixel + 1, to) - Math.max(pixel, from));
  }

  private void blend(int x, int y, int argb, double coverage) {
    double weight = (argb >>> 24) / 255.0 * coverage;
    int under = image.rgb(x, y);
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int old = (under >> shift) & 255;
      mixed |= (int) (old + weight * (((argb >> shift) & 255) - old) + 0.5) << shift;
    }
    image.rgb(x, y, mixed);
  }

  /**
   * Draws a line of text, its top left corner at x, y, its capitals {@code size} pixels high. A
   * character beyond ASCII and a few signs (scripts/Glyphs.java) becomes a box.
   */
  @Override
  public void text(double x, double y, double size, int argb, String text) {
    double scale = size / Glyphs.CAPITAL;
    double left = x;
    for (int codePoint : text.codePoints().toArray()) {
      Glyph glyph = Glyphs.of(codePoint);
      fill(glyph.edges().stream().map(edge -> edge.scaled(scale)).toList(), left, y + size, argb);
      left += glyph.advance() * scale;
    }
  }

  private void fill(List<Edge> edges, double left, double base, int argb) {
    double top = edges.stream().mapToDouble(Edge::top).min().orElse(0);
    double bottom = edges.stream().mapToDouble(Edge::bottom).max().orElse(0);
    int start = above(left + edges.stream().mapToDouble(Edge::left).min().orElse(0));
    double right = left + edges.stream().mapToDouble(Edge::right).max().orElse(0);
    double[] coverage = new double[Math.max(0, below(right, image.width()) - start)];
    for (int row = above(base + top); row < below(base + bottom, image.height()); row++) {
      for (int line = 0; line < LINES; line++) {
        double y = row + (line + 0.5) / LINES - base;
        cover(edges, y, left - start, coverage);
      }
      for (int i = 0; i < coverage.length; i++) {
        if (coverage[i] > 0) {
          blend(start + i, row, argb, Math.min(1, coverage[i] / LINES));
          coverage[i] = 0;
        }
      }
    }
  }

  /** Where a line meets an edge; {@code turn} counts how often the outline winds around. */
  private record Crossing(double x, int turn) {}

  /** Adds what lies inside of the outline at height y. */
  private static void cover(List<Edge> edges, double y, double left, double[] coverage) {
    List<Crossing> crossings = new ArrayList<>();
    for (Edge edge : edges) {
      if (edge.y0() <= y != edge.y1() <= y) {
        crossings.add(new Crossing(left + edge.x(y), edge.y0() < edge.y1() ? 1 : -1));
      }
    }
    crossings.sort(Comparator.comparingDouble(Crossing::x));
    int winds = 0;
    for (int i = 0; i + 1 < crossings.size(); i++) {
      winds += crossings.get(i).turn();
      if (winds != 0) {
        double from = crossings.get(i).x();
        double to = crossings.get(i + 1).x();
        for (int pixel = above(from); pixel < below(to, coverage.length); pixel++) {
          coverage[pixel] += overlap(pixel, from, to);
        }
      }
    }
  }

  /** The width {@link #text} would take, in pixels. */
  public static double textWidth(double size, String text) {
    return text.codePoints().mapToDouble(c -> Glyphs.of(c).advance()).sum()
        * (size / Glyphs.CAPITAL);
  }

  /** Draws an image into a rectangle, letterboxed, its aspect kept. */
  public void image(Bitmap drawn, double x, double y, double width, double height) {
    double scale = Math.min(width / drawn.width(), height / drawn.height());
    int w = (int) Math.max(1, Math.round(drawn.width() * scale));
    int h = (int) Math.max(1, Math.round(drawn.height() * scale));
    image.paste(
        drawn.scaled(w, h),
        (int) Math.round(x + (width - w) / 2),
        (int) Math.round(y + (height - h) / 2));
  }
}
