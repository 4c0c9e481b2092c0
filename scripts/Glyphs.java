import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.font.GlyphVector;
import java.awt.geom.PathIterator;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the outlines of a font as text, once, on a machine with font libraries:
 *
 * <p>{@code java scripts/Glyphs.java /usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf >
 * src/main/resources/dev/ltx2/worker/graphics/glyphs.txt}
 */
final class Glyphs {
  private static final String BEYOND_ASCII = "°·×±²éèäöüÄÖÜß–—‘’“”…←→−✓";
  private static final int UNITS = 2048;

  public static void main(String[] args) throws Exception {
    Font font = Font.createFont(Font.TRUETYPE_FONT, new File(args[0])).deriveFont((float) UNITS);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    out.println("# Outlines of DejaVu Sans Bold 2.37 (licence: dejavu-licence.txt),");
    out.println("# written by scripts/Glyphs.java: code point, advance, path; y grows downwards");
    for (int c = ' '; c <= '~'; c++) {
      print(out, font, c);
    }
    BEYOND_ASCII.chars().forEach(c -> print(out, font, c));
    out.flush();
  }

  private static void print(PrintStream out, Font font, int c) {
    if (!font.canDisplay(c)) {
      throw new IllegalArgumentException("the font has no " + Character.toString(c));
    }
    FontRenderContext plain = new FontRenderContext(null, true, true);
    GlyphVector glyph = font.createGlyphVector(plain, Character.toString(c));
    StringBuilder line = new StringBuilder();
    line.append("%x %d".formatted(c, Math.round(glyph.getGlyphMetrics(0).getAdvanceX())));
    double[] xy = new double[6];
    PathIterator path = glyph.getGlyphOutline(0).getPathIterator(null);
    for (; !path.isDone(); path.next()) {
      int type = path.currentSegment(xy);
      line.append(' ').append("MLQCZ".charAt(type));
      for (int i = 0; i < 2 * new int[] {1, 1, 2, 3, 0}[type]; i++) {
        line.append(' ').append(Math.round(xy[i]));
      }
    }
    out.println(line);
  }
}
