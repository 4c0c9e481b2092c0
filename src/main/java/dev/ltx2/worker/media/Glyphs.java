package dev.ltx2.worker.media;

import java.awt.geom.Path2D;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
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
   * @param outline its baseline at y = 0, y growing downwards
   */
  record Glyph(double advance, Path2D outline) {}

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

  private static Path2D outline(Scanner words) {
    Path2D path = new Path2D.Double(Path2D.WIND_NON_ZERO);
    while (words.hasNext()) {
      switch (words.next()) {
        case "M" -> path.moveTo(words.nextInt(), words.nextInt());
        case "L" -> path.lineTo(words.nextInt(), words.nextInt());
        case "Q" -> path.quadTo(words.nextInt(), words.nextInt(), words.nextInt(), words.nextInt());
        case "Z" -> path.closePath();
        default -> throw new IllegalStateException("glyphs.txt has an unknown segment");
      }
    }
    return path;
  }

  private static Glyph box() {
    Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    for (int inset : new int[] {150, 300}) {
      path.moveTo(inset, -CAPITAL - 150 + inset);
      path.lineTo(1200 - inset, -CAPITAL - 150 + inset);
      path.lineTo(1200 - inset, 150 - inset);
      path.lineTo(inset, 150 - inset);
      path.closePath();
    }
    return new Glyph(1200, path);
  }
}
