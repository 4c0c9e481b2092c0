package dev.ltx2.worker.app;

import java.util.Locale;

/** Collects the elements of an SVG drawing. */
final class SvgPen implements Pen {
  /** Capitals of DejaVu Sans, and nearly of Verdana, are this part of the font size. */
  private static final double CAP_HEIGHT = 0.729;

  private final StringBuilder elements = new StringBuilder();

  @Override
  public void rectangle(double x, double y, double width, double height, int argb) {
    elements.append(
        "  <rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n"
            .formatted(x, y, width, height, fill(argb)));
  }

  @Override
  public void text(double x, double y, double size, int argb, String text) {
    elements.append(
        "  <text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" %s>%s</text>\n"
            .formatted(x, y + size, size / CAP_HEIGHT, fill(argb), escape(text)));
  }

  /** The whole document. */
  String document(double width, double height, String title) {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$.0f %2$.0f" width="%1$.0f" \
    height="%2$.0f" font-family="DejaVu Sans, Verdana, sans-serif" role="img">
      <title>%3$s</title>
    %4$s</svg>
    """
        .formatted(width, height, escape(title), elements);
  }

  private static String fill(int argb) {
    return String.format(
        Locale.ROOT,
        "fill=\"#%06x\" fill-opacity=\"%.2f\"",
        argb & 0xffffff,
        (argb >>> 24) / 255.0);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
