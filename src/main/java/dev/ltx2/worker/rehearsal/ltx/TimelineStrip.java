package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.graphics.Canvas;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The strip at the video's foot: content, buffer and junk in their colours, darker what the video
 * is cut off from, a mark at each frame with guides, a cursor. A graph does not say what its buffer
 * is; it is taken to be what lasts after the audio.
 */
final class TimelineStrip {
  /** A part of a scene, what a frame's label calls it, and its colour. */
  enum Region {
    CONTENT("", 0xff2e6f57),
    BUFFER("buffer", 0xff7a6a2a),
    JUNK("JUNK: guides not cropped", 0xffa02828);

    final String label;
    final int colour;

    Region(String label, int colour) {
      this.label = label;
      this.colour = colour;
    }
  }

  private static final int CUT_OFF = 0xa0000000;
  private static final int GUIDE = 0xfff2f2f2;
  private static final byte[] CURSOR = {0x20, (byte) 0xd0, (byte) 0xff};

  private final DecodedFrames frames;
  private final Scene scene;
  private final int bufferStart;
  private final int junkStart;
  private final int height;
  private final int markWidth;
  private final byte[] strip;

  TimelineStrip(DecodedFrames frames, double fps) {
    this.frames = frames;
    scene = frames.scene();
    junkStart = scene.frames() - scene.junk();
    double audio = scene.how().audioSeconds();
    bufferStart =
        audio > 0 ? Math.min(junkStart, (int) Math.ceil(audio * fps - 1e-6) + 1) : junkStart;
    height = Math.max(14, Math.min(frames.width(), frames.height()) / 18);
    markWidth = Math.max(2, height / 10);
    strip = paint();
  }

  private byte[] paint() {
    Canvas canvas = new Canvas(new Bitmap(frames.width(), height));
    section(canvas, 0, bufferStart, Region.CONTENT.colour);
    section(canvas, bufferStart, junkStart, Region.BUFFER.colour);
    section(canvas, junkStart, scene.frames(), Region.JUNK.colour);
    section(canvas, 0, frames.first(), CUT_OFF);
    section(canvas, frames.first() + frames.count(), scene.frames(), CUT_OFF);
    guides(canvas);
    return canvas.image().bgr();
  }

  private void section(Canvas canvas, int from, int to, int colour) {
    if (to > from) {
      canvas.rectangle(position(from), 0, position(to) - position(from), height, colour);
    }
  }

  /** A guide's text stands where it fits beside its mark, right, else left, else shorter. */
  private void guides(Canvas canvas) {
    NavigableMap<Integer, String> names = names();
    double size = Math.max(7, height * 0.4);
    double gap = size / 2;
    double taken = 0;
    for (Map.Entry<Integer, String> entry : names.entrySet()) {
      double x = position(entry.getKey());
      Integer next = names.higherKey(entry.getKey());
      double end = next == null ? frames.width() : position(next);
      canvas.rectangle(x, 0, markWidth, height, GUIDE);
      double used = x + markWidth;
      for (String text : List.of(entry.getValue() + " " + entry.getKey(), entry.getValue())) {
        double width = Canvas.textWidth(size, text) + gap;
        boolean right = x + markWidth + width + gap < end;
        if (right || x - width - gap > taken) {
          double at = right ? x + markWidth + gap : x - width;
          canvas.text(at, (height - size) / 2, size, GUIDE, text);
          used = right ? x + markWidth + width : used;
          break;
        }
      }
      taken = used;
    }
  }

  /** As plans name them: two guides of one keyframe share its image. */
  private NavigableMap<Integer, String> names() {
    NavigableMap<Integer, String> names = new TreeMap<>();
    List<LtxValue.Image> images = new ArrayList<>();
    for (LtxValue.PlacedGuide guide : scene.guides()) {
      if (!images.contains(guide.image())) {
        images.add(guide.image());
      }
      String name = "K" + (images.indexOf(guide.image()) + 1);
      names.merge(guide.frame(), name, (a, b) -> a + " " + b);
    }
    return names;
  }

  private double position(int frame) {
    return (double) frame * frames.width() / scene.frames();
  }

  /** What a frame is. */
  Region region(int frame) {
    return frame >= junkStart ? Region.JUNK : frame >= bufferStart ? Region.BUFFER : Region.CONTENT;
  }

  /** Draws into a BGR image of the frames' size. */
  void draw(byte[] pixels, int frame) {
    int row = 3 * frames.width();
    int top = pixels.length - height * row;
    System.arraycopy(strip, 0, pixels, top, strip.length);
    int width = markWidth + 1;
    int x = Math.min((int) position(frame), frames.width() - width);
    for (int y = 0; y < height; y++) {
      for (int i = 0; i < width; i++) {
        System.arraycopy(CURSOR, 0, pixels, top + y * row + 3 * (x + i), 3);
      }
    }
  }
}
