package dev.ltx2.worker.graphics;

/** Draws one thing on two surfaces: an image (contact sheet) and SVG ({@code plan --svg}). */
public interface DrawingSurface {
  /** Fills a rectangle; {@code argb} with alpha. */
  void rectangle(double x, double y, double width, double height, int argb);

  /** Writes a line, top left corner at x, y, capitals {@code size} pixels high. */
  void text(double x, double y, double size, int argb, String text);

  /** The same surface, on which a line is smaller where it would be wider than {@code width}. */
  default DrawingSurface fitting(double width) {
    DrawingSurface whole = this;
    return new DrawingSurface() {
      @Override
      public void rectangle(double x, double y, double width, double height, int argb) {
        whole.rectangle(x, y, width, height, argb);
      }

      @Override
      public void text(double x, double y, double size, int argb, String text) {
        whole.text(x, y, Math.min(size, width / Canvas.textWidth(1, text)), argb, text);
      }
    };
  }
}
