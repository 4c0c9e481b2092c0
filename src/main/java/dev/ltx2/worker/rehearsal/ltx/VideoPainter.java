package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.graphics.Canvas;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.VideoWriter;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.PlacedGuide;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Scene;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Video;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Paints a video frame by frame into one reused image: each guide's image is held around its frame
 * and cross-faded into the next one's, paler the weaker it is; below runs a timeline.
 */
final class VideoPainter {
  /** Zoom of a push in at strength 1, over the whole video. */
  private static final double PUSH_IN = 0.15;

  private static final int FRAMES_PER_GUIDE = 8;
  private static final int WHITE = 0xffffffff;
  private static final int SHADE = 0xb0101418;
  private static final String ASTRAY = "WRONG: guides of another stage";

  private final Scene scene;
  private final DecodedFrames frames;
  private final int fps;
  private final Bitmap frame;
  private final byte[] pixels;
  private final byte[] empty;
  private final List<byte[]> plates = new ArrayList<>();
  private final TreeMap<Integer, byte[]> held = new TreeMap<>();
  private final TimelineStrip timeline;

  private VideoPainter(Video video) {
    frames = video.frames();
    scene = frames.scene();
    fps = (int) Math.round(video.fps());
    frame = new Bitmap(frames.width(), frames.height());
    pixels = frame.bgr();
    empty = gradient();
    for (PlacedGuide guide : scene.guides()) {
      byte[] plate = plate(guide);
      plates.add(plate);
      held.put(guide.frame(), plate);
    }
    timeline = new TimelineStrip(frames, video.fps());
  }

  static void paint(Video video, Path file) throws MediaException {
    new VideoPainter(video).paint(file);
  }

  private void paint(Path file) throws MediaException {
    try (VideoWriter writer = new VideoWriter(file, frames.width(), frames.height(), fps)) {
      for (int i = 0; i < frames.count(); i++) {
        int index = frames.first() + i;
        image(index);
        label(index);
        timeline.draw(pixels, index);
        writer.add(frame);
      }
    }
  }

  private void image(int index) {
    int content = scene.frames() - scene.junk();
    if (index >= content) {
      int first = plates.size() - scene.junk() / FRAMES_PER_GUIDE;
      int guide = first + (index - content) / FRAMES_PER_GUIDE;
      tint(plates.get(Math.clamp(guide, 0, plates.size() - 1)));
      return;
    }
    if (held.isEmpty()) {
      System.arraycopy(empty, 0, pixels, 0, pixels.length);
      return;
    }
    var before = held.floorEntry(index);
    var after = held.higherEntry(index);
    if (before == null || after == null) {
      byte[] plate = (before == null ? after : before).getValue();
      // Only a video of one image: among keyframes the push in would jump where a fade ends.
      double camera = held.size() == 1 ? Math.max(0, scene.how().camera()) : 0;
      show(plate, 1 + PUSH_IN * camera * index / content);
      return;
    }
    double way = (double) (index - before.getKey()) / (after.getKey() - before.getKey());
    blend(before.getValue(), after.getValue(), Math.clamp(3 * way - 1, 0, 1));
  }

  /** The size that is generated, where less of it is shown. */
  private String sizes() {
    return frames.width() == scene.width() && frames.height() == scene.height()
        ? ""
        : "%dx%d of %dx%d"
            .formatted(frames.width(), frames.height(), scene.width(), scene.height());
  }

  /** In as many lines as a narrow video needs; smaller where a single part would be too wide. */
  private void label(int index) {
    int shown = index - frames.first();
    TimelineStrip.Region region = timeline.region(index);
    List<String> parts =
        Stream.of(
                "REHEARSAL",
                "frame " + shown + " of " + frames.count(),
                String.format(Locale.ROOT, "%.2f s", (double) shown / fps),
                sizes(),
                scene.how().astray() ? ASTRAY : region.label)
            .filter(part -> !part.isEmpty())
            .toList();
    double widest = parts.stream().mapToDouble(part -> Canvas.textWidth(1, part)).max().orElse(1);
    double size = Math.max(8, Math.min(frames.width(), frames.height()) / 32.0);
    size = Math.min(size, frames.width() / (widest + 2));
    int shade = region == TimelineStrip.Region.CONTENT ? SHADE : region.colour;
    shade = scene.how().astray() ? TimelineStrip.Region.JUNK.colour : shade;
    double y = 0;
    String line = "";
    for (String part : parts) {
      String longer = line.isEmpty() ? part : line + "  " + part;
      if (Canvas.textWidth(size, longer) + 2 * size > frames.width() && !line.isEmpty()) {
        y = line(line, y, size, shade);
        longer = part;
      }
      line = longer;
    }
    line(line, y, size, shade);
  }

  /** Where the next line begins. */
  private double line(String text, double y, double size, int shade) {
    Canvas canvas = new Canvas(frame);
    double height = Math.ceil(2.2 * size);
    canvas.rectangle(0, y, Canvas.textWidth(size, text) + 2 * size, height, shade);
    canvas.text(size, y + 0.6 * size, size, WHITE, text);
    return y + height;
  }

  /** The guide's image in the video's size, mixed with emptiness the weaker the guide is. */
  private byte[] plate(PlacedGuide guide) {
    byte[] plate = empty.clone();
    Image whole = ImageScaling.fill(guide.image(), scene.width(), scene.height());
    byte[] image = frames.part().of(whole.bitmap()).bgr();
    int weight = (int) Math.round(Math.clamp(guide.strength(), 0, 1) * 256);
    for (int i = 0; i < plate.length; i++) {
      plate[i] = mix(plate[i], image[i], weight);
    }
    return plate;
  }

  private void show(byte[] plate, double zoom) {
    if (zoom <= 1) {
      System.arraycopy(plate, 0, pixels, 0, pixels.length);
      return;
    }
    int width = frames.width();
    int height = frames.height();
    int[] columns = new int[width];
    for (int x = 0; x < width; x++) {
      columns[x] = 3 * (int) ((x - width / 2.0) / zoom + width / 2.0);
    }
    for (int y = 0, to = 0; y < height; y++) {
      int row = 3 * width * (int) ((y - height / 2.0) / zoom + height / 2.0);
      for (int x = 0; x < width; x++, to += 3) {
        int from = row + columns[x];
        pixels[to] = plate[from];
        pixels[to + 1] = plate[from + 1];
        pixels[to + 2] = plate[from + 2];
      }
    }
  }

  private void blend(byte[] from, byte[] to, double share) {
    int weight = (int) Math.round(share * 256);
    if (weight == 0 || weight == 256) {
      System.arraycopy(weight == 0 ? from : to, 0, pixels, 0, pixels.length);
      return;
    }
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = mix(from[i], to[i], weight);
    }
  }

  /** Junk is red, so that nobody takes it for the video. */
  private void tint(byte[] plate) {
    for (int i = 0; i < pixels.length; i += 3) {
      pixels[i] = (byte) ((plate[i] & 255) / 3);
      pixels[i + 1] = (byte) ((plate[i + 1] & 255) / 3);
      pixels[i + 2] = (byte) (128 + (plate[i + 2] & 255) / 2);
    }
  }

  private static byte mix(byte from, byte to, int weight) {
    int a = from & 255;
    return (byte) (a + ((((to & 255) - a) * weight) >> 8));
  }

  /** What is shown where nothing holds the video. */
  private byte[] gradient() {
    byte[] gradient = new byte[pixels.length];
    int row = 3 * frames.width();
    for (int i = 0; i < gradient.length; i += 3) {
      int light = 40 + 50 * (i / row) / frames.height();
      gradient[i] = (byte) (light + 20);
      gradient[i + 1] = (byte) light;
      gradient[i + 2] = (byte) (light - 10);
    }
    return gradient;
  }
}
