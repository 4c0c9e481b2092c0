package dev.ltx2.worker.app;

import dev.ltx2.worker.media.Canvas;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Pictures;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * One picture that shows what a job did: the pictures it was given, the timeline, and the delivered
 * frames at even steps, those of the buffer marked.
 */
final class ContactSheet {
  private static final int WIDTH = 1600;
  private static final int MARGIN = 32;
  private static final int GAP = 16;
  private static final int FRAMES = 16;
  private static final int COLUMNS = 4;
  private static final int LABEL = 26;
  private static final double TEXT = 11;
  private static final int PAPER = 0xfff6f7f9;

  private final GenerationPlan plan;
  private final List<Path> images;
  private final Path film;

  private ContactSheet(GenerationPlan plan, List<Path> images, Path film) {
    this.plan = plan;
    this.images = images;
    this.film = film;
  }

  /** Draws the sheet of a delivered film into a PNG. */
  static void write(GenerationPlan plan, List<Path> images, Path film, Path target)
      throws MediaException, IOException {
    ImageIO.setUseCache(false);
    ImageIO.write(new ContactSheet(plan, images, film).draw(), "png", target.toFile());
  }

  private BufferedImage draw() throws MediaException {
    int inputColumns = Math.max(5, images.size());
    double inputWidth = (WIDTH - 2.0 * MARGIN - (inputColumns - 1) * GAP) / inputColumns;
    double inputHeight = inputWidth * plan.height() / plan.width();
    double frameWidth = (WIDTH - 2.0 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
    double frameHeight = frameWidth * plan.height() / plan.width();
    List<Integer> indexes = evenSteps(plan.deliveredFrames());
    int rows = Math.ceilDiv(indexes.size(), COLUMNS);

    double inputsTop = MARGIN + 44;
    double timelineTop = inputsTop + inputHeight + LABEL + GAP;
    double framesTop = timelineTop + Timeline.HEIGHT;
    int height = (int) (framesTop + rows * (frameHeight + LABEL + GAP) + MARGIN);
    Canvas canvas = new Canvas(new BufferedImage(WIDTH, height, BufferedImage.TYPE_3BYTE_BGR));
    canvas.rectangle(0, 0, WIDTH, height, PAPER);
    canvas.text(MARGIN, MARGIN, 17, Timeline.INK, Timeline.headline(plan));

    for (int i = 0; i < images.size(); i++) {
      double x = MARGIN + i * (inputWidth + GAP);
      canvas.rectangle(x, inputsTop, inputWidth, inputHeight, 0xff000000);
      canvas.picture(Pictures.read(images.get(i)), x, inputsTop, inputWidth, inputHeight);
      canvas.text(x, inputsTop + inputHeight + 8, TEXT, Timeline.INK, inputLabel(i));
    }
    Timeline.draw(plan, Pen.on(canvas), MARGIN, timelineTop, WIDTH - 2.0 * MARGIN);

    List<BufferedImage> frames = Pictures.frames(film, indexes);
    for (int i = 0; i < frames.size(); i++) {
      double x = MARGIN + (i % COLUMNS) * (frameWidth + GAP);
      int row = i / COLUMNS;
      double y = framesTop + row * (frameHeight + LABEL + GAP);
      frame(canvas, indexes.get(i), frames.get(i), x, y, frameWidth, frameHeight);
    }
    return canvas.image();
  }

  private void frame(
      Canvas canvas,
      int index,
      BufferedImage picture,
      double x,
      double y,
      double width,
      double height) {
    boolean buffer = Timeline.inBuffer(plan, index);
    if (buffer) {
      canvas.rectangle(x - 4, y - 4, width + 8, height + 8, Timeline.BUFFER);
    }
    canvas.picture(picture, x, y, width, height);
    String label =
        String.format(
            Locale.ROOT,
            "frame %d  %.2f s%s%s",
            index,
            (double) index / plan.fps(),
            buffer ? "  buffer" : "",
            guideHere(index));
    canvas.text(x, y + height + 8, TEXT, Timeline.INK, label);
  }

  private String guideHere(int index) {
    List<String> names = new ArrayList<>();
    for (Guide guide : plan.guides()) {
      if (guide.frame() == index) {
        names.add("K" + guide.keyframe());
      }
    }
    return names.isEmpty() ? "" : "  guide " + String.join(", ", names);
  }

  private String inputLabel(int image) {
    if (!plan.mode().multiframe()) {
      return "image  first frame";
    }
    List<String> places = new ArrayList<>();
    for (Guide guide : plan.guides()) {
      if (guide.keyframe() == image + 1) {
        places.add(
            String.format(
                Locale.ROOT, "f%d %.2f s", guide.frame(), (double) guide.frame() / plan.fps()));
      }
    }
    return "K" + (image + 1) + "  " + String.join(", ", places);
  }

  /** Indexes from the first to the last frame, evenly spread, each once. */
  static List<Integer> evenSteps(int frames) {
    int count = Math.min(FRAMES, frames);
    return IntStream.range(0, count)
        .map(i -> count == 1 ? 0 : Math.round((float) i * (frames - 1) / (count - 1)))
        .boxed()
        .toList();
  }
}
