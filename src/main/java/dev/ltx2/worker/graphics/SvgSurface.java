package dev.ltx2.worker.graphics;

import java.util.Locale;

/**
 * Collects the elements of an SVG drawing. Each text has the width that it has in an image: the
 * viewer's font may be another.
 */
public final class SvgSurface implements DrawingSurface {
  /** Capitals of DejaVu Sans, and nearly of Verdana, are this part of the font size. */
  private static final double CAP_HEIGHT = 0.729;

  private final StringBuilder elements = new StringBuilder();

  @Override
  public void rectangle(double x, double y, double width, double height, int argb) {
    elements.append(
        String.format(
            Locale.ROOT,
            "  <rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n",
            x,
            y,
            width,
            height,
            fill(argb)));
  }

  @Override
  public void text(double x, double y, double size, int argb, String text) {
    elements.append(
        String.format(
            Locale.ROOT,
            "  <text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" textLength=\"%.1f\""
                + " lengthAdjust=\"spacingAndGlyphs\" %s>%s</text>\n",
            x,
            y + size,
            size / CAP_HEIGHT,
            Canvas.textWidth(size, text),
            fill(argb),
            escape(text)));
  }

  /** The whole document. */
  public String document(double width, double height, String title) {
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$.0f %2$.0f" width="%1$.0f" \
        height="%2$.0f" font-family="DejaVu Sans, Verdana, sans-serif" font-weight="bold" \
        role="img">
          <title>%3$s</title>
        %4$s</svg>
        """,
        width,
        height,
        escape(title),
        elements);
  }

  private static String fill(int argb) {
    return String.format(
        Locale.ROOT,
        "fill=\"#%06x\" fill-opacity=\"%.2f\"",
        argb & 0xffffff,
        (argb >>> 24) / 255.0);
  }

  /** XML, and no run of spaces, of which viewers would show one. */
  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("  ", " \u00a0");
  }
}
