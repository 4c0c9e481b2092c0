package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.media.Canvas;
import dev.ltx2.worker.rehearsal.Value.Guide;
import dev.ltx2.worker.rehearsal.Value.Scene;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;

/**
 * The strip at the film's foot: content, buffer and junk in their colours, a mark at each guide, a
 * cursor. A graph does not say what its buffer is; it is taken to be what lasts after the sound.
 */
final class Timeline {
  private static final int CONTENT = 0xff2e6f57;
  private static final int BUFFER = 0xff7a6a2a;
  private static final int JUNK = 0xffa02828;
  private static final int GUIDE = 0xfff2f2f2;
  private static final int CURSOR_WIDTH = 3;

  private final Scene scene;
  private final int bufferStart;
  private final int junkStart;
  private final int height;
  private final byte[] strip;

  Timeline(Scene scene, double fps) {
    this.scene = scene;
    junkStart = scene.frames() - scene.junk();
    double sound = scene.how().soundSeconds();
    bufferStart =
        sound > 0 ? Math.min(junkStart, (int) Math.ceil(sound * fps - 1e-6) + 1) : junkStart;
    height = Math.max(12, scene.height() / 18);
    strip = paint();
  }

  private byte[] paint() {
    BufferedImage image = new BufferedImage(scene.width(), height, BufferedImage.TYPE_3BYTE_BGR);
    Canvas canvas = new Canvas(image);
    section(canvas, 0, bufferStart, CONTENT);
    section(canvas, bufferStart, junkStart, BUFFER);
    section(canvas, junkStart, scene.frames(), JUNK);
    double size = height * 0.4;
    for (int i = 0; i < scene.guides().size(); i++) {
      Guide guide = scene.guides().get(i);
      double x = position(guide.frame());
      canvas.rectangle(x, 0, Math.max(2, size / 4), height, GUIDE);
      String text = "#" + (i + 1) + " " + guide.frame();
      double room = scene.width() - Canvas.textWidth(size, text) - 2;
      canvas.text(Math.min(x + size / 2, room), height * 0.3, size, GUIDE, text);
    }
    return ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
  }

  private void section(Canvas canvas, int from, int to, int colour) {
    if (to > from) {
      canvas.rectangle(position(from), 0, position(to) - position(from), height, colour);
    }
  }

  private double position(int frame) {
    return (double) frame * scene.width() / scene.frames();
  }

  /** What a frame is beside content. */
  String region(int frame) {
    if (frame >= junkStart) {
      return "  JUNK: guides not cropped";
    }
    return frame >= bufferStart ? "  buffer" : "";
  }

  /** Draws into a BGR picture of the scene's size. */
  void draw(byte[] pixels, int frame) {
    int row = 3 * scene.width();
    int top = pixels.length - height * row;
    System.arraycopy(strip, 0, pixels, top, strip.length);
    int x = Math.min((int) position(frame), scene.width() - CURSOR_WIDTH);
    for (int y = 0; y < height; y++) {
      int from = top + y * row + 3 * x;
      Arrays.fill(pixels, from, from + 3 * CURSOR_WIDTH, (byte) 255);
    }
  }
}
