package dev.ltx2.worker.graphics;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;

/** The outlines of a font, DejaVu Sans Bold, from a resource that scripts/Glyphs.java wrote. */
final class Glyphs {
  /** Height of a capital letter, in the units of the outlines. */
  static final double CAPITAL = 1493;

  /**
   * One letter.
   *
   * @param advance from its start to the next one's
   * @param edges its outline; its baseline at y = 0, y growing downwards
   */
  record Glyph(double advance, List<Edge> edges) {}

  /** A piece of an outline; what it goes around, whichever way, is filled. */
  record Edge(double x0, double y0, double x1, double y1) {
    Edge scaled(double scale) {
      return new Edge(x0 * scale, y0 * scale, x1 * scale, y1 * scale);
    }

    double left() {
      return Math.min(x0, x1);
    }

    double right() {
      return Math.max(x0, x1);
    }

    double top() {
      return Math.min(y0, y1);
    }

    double bottom() {
      return Math.max(y0, y1);
    }

    /** Where it is at a height between its ends. */
    double x(double y) {
      return x0 + (y - y0) / (y1 - y0) * (x1 - x0);
    }
  }

  /** Straight pieces of a curve; at 40 pixels no corner shows. */
  private static final int STEPS = 6;

  private static final Map<Integer, Glyph> GLYPHS = read();
  private static final Glyph UNKNOWN = box();

  private Glyphs() {}

  /** The outline of a character; a box for one that the resource lacks. */
  static Glyph of(int codePoint) {
    return GLYPHS.getOrDefault(codePoint, UNKNOWN);
  }

  private static Map<Integer, Glyph> read() {
    Map<Integer, Glyph> glyphs = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Glyphs.class.getResourceAsStream("glyphs.txt"), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          Scanner words = new Scanner(line);
          glyphs.put(words.nextInt(16), new Glyph(words.nextInt(), outline(words)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return glyphs;
  }

  private static List<Edge> outline(Scanner words) {
    Outline outline = new Outline();
    while (words.hasNext()) {
      switch (words.next()) {
        case "M" -> outline.move(words.nextInt(), words.nextInt());
        case "L" -> outline.line(words.nextInt(), words.nextInt());
        case "Q" ->
            outline.curve(words.nextInt(), words.nextInt(), words.nextInt(), words.nextInt());
        case "Z" -> outline.close();
        default -> throw new IllegalStateException("glyphs.txt has an unknown segment");
      }
    }
    return List.copyOf(outline.edges);
  }

  private static final class Outline {
    private final List<Edge> edges = new ArrayList<>();
    private double startX;
    private double startY;
    private double x;
    private double y;

    void move(double toX, double toY) {
      x = toX;
      y = toY;
      startX = toX;
      startY = toY;
    }

    void line(double toX, double toY) {
      edges.add(new Edge(x, y, toX, toY));
      x = toX;
      y = toY;
    }

    void curve(double viaX, double viaY, double toX, double toY) {
      double fromX = x;
      double fromY = y;
      for (int i = 1; i <= STEPS; i++) {
        double way = (double) i / STEPS;
        line(between(fromX, viaX, toX, way), between(fromY, viaY, toY, way));
      }
    }

    private static double between(double from, double via, double to, double way) {
      return (1 - way) * (1 - way) * from + 2 * (1 - way) * way * via + way * way * to;
    }

    void close() {
      line(startX, startY);
    }
  }

  private static Glyph box() {
    String outer = "M 150 -1493 L 1050 -1493 L 1050 0 L 150 0 Z ";
    String inner = "M 300 -1343 L 300 -150 L 900 -150 L 900 -1343 Z";
    return new Glyph(1200, outline(new Scanner(outer + inner)));
  }
}
