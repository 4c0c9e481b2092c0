package dev.ltx2.worker.report;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.graphics.Canvas;
import dev.ltx2.worker.graphics.DrawingSurface;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One image that shows what a job did: the images it was given, the timeline, and delivered frames:
 * those with guides and others at even steps, those of the buffer marked.
 */
public final class ContactSheet {
  private static final int WIDTH = 1600;
  private static final int MARGIN = 32;
  private static final double ROOM = WIDTH - 2.0 * MARGIN;
  private static final int GAP = 16;
  private static final int FRAMES = 16;
  private static final int LEAST_COLUMNS = 5;
  private static final double TEXT = 11;
  private static final int LINE = 18;

  /** One for each keyframe and three more; all stand in the answer. */
  private static final int WARNINGS = 12;

  private static final int PAPER = 0xfff6f7f9;

  private final GenerationPlan plan;
  private final List<Path> images;
  private final Path video;

  private ContactSheet(GenerationPlan plan, List<Path> images, Path video) {
    this.plan = plan;
    this.images = images;
    this.video = video;
  }

  /** Draws the sheet of a delivered video into a PNG. */
  public static void write(GenerationPlan plan, List<Path> images, Path video, Path target)
      throws MediaException, IOException, InterruptedException {
    ImageReader.write(new ContactSheet(plan, images, video).draw(), target);
  }

  /** Cells side by side, each an image of the video's aspect above some lines of text. */
  private record Grid(int columns, int lines, double width, double imageWidth, double imageHeight) {
    static Grid of(GenerationPlan plan, int columns, int lines, double highest) {
      double width = (ROOM - (columns - 1) * GAP) / columns;
      double scale = Math.min(width / plan.width(), highest / plan.height());
      return new Grid(columns, lines, width, plan.width() * scale, plan.height() * scale);
    }

    double x(int cell) {
      return MARGIN + (cell % columns) * (width + GAP);
    }

    double y(int cell) {
      int row = cell / columns;
      return row * (imageHeight + lines * LINE + GAP + 8);
    }

    double height(int cells) {
      return y(cells - 1 + columns);
    }

    Cell cell(int cell, double y) {
      return new Cell(this, x(cell), y);
    }
  }

  /** One of them on the sheet, by its left upper corner. */
  private record Cell(Grid grid, double x, double y) {}

  private Bitmap draw() throws MediaException, InterruptedException {
    boolean upright = plan.height() > plan.width();
    Grid inputs = Grid.of(plan, Math.max(LEAST_COLUMNS, images.size()), 3, 200);
    Grid frames = Grid.of(plan, upright ? 8 : 4, 2, 400);
    PlanTimeline timeline = new PlanTimeline(plan, ROOM);
    List<Integer> indexes = shown(plan);

    List<String> warnings = plan.warnings().stream().limit(WARNINGS).toList();
    double inputsTop = MARGIN + 44 + warnings.size() * LINE;
    double timelineTop = inputsTop + inputs.height(images.size()) + GAP;
    double framesTop = timelineTop + timeline.height() + GAP;
    int height = (int) Math.ceil(framesTop + frames.height(indexes.size()) + GAP);
    Canvas canvas = new Canvas(new Bitmap(WIDTH, height));
    canvas.rectangle(0, 0, WIDTH, height, PAPER);
    DrawingSurface fitting = canvas.fitting(ROOM);
    fitting.text(MARGIN, MARGIN, 17, PlanTimeline.INK, PlanTimeline.headline(plan));

    for (int i = 0; i < warnings.size(); i++) {
      fitting.text(MARGIN, MARGIN + 34 + i * LINE, TEXT, PlanTimeline.CUT, warnings.get(i));
    }

    for (int i = 0; i < images.size(); i++) {
      double y = inputsTop + inputs.y(i);
      canvas.rectangle(inputs.x(i), y, inputs.imageWidth, inputs.imageHeight, 0xff000000);
      cell(canvas, inputs.cell(i, y), ImageReader.read(images.get(i)), input(i));
    }
    timeline.draw(canvas, MARGIN, timelineTop);

    drawFrames(canvas, frames, framesTop, indexes);
    return canvas.image();
  }

  private void drawFrames(Canvas canvas, Grid frames, double top, List<Integer> indexes)
      throws MediaException, InterruptedException {
    List<Bitmap> images = ImageReader.frames(video, indexes);
    for (int i = 0; i < indexes.size(); i++) {
      double y = top + frames.y(i);
      if (PlanTimeline.inBuffer(plan, indexes.get(i))) {
        double width = frames.imageWidth + 8;
        double border = frames.imageHeight + 8;
        canvas.rectangle(frames.x(i) - 4, y - 4, width, border, PlanTimeline.BUFFER);
      }
      cell(canvas, frames.cell(i, y), images.get(i), frame(indexes.get(i)));
    }
  }

  private static void cell(Canvas canvas, Cell cell, Bitmap image, List<String> lines) {
    Grid grid = cell.grid;
    canvas.image(image, cell.x, cell.y, grid.imageWidth, grid.imageHeight);
    DrawingSurface fitting = canvas.fitting(grid.width);
    double line = cell.y + grid.imageHeight + 9;
    for (String text : lines) {
      fitting.text(cell.x, line, TEXT, PlanTimeline.INK, text);
      line += LINE;
    }
  }

  /** At most three lines: a keyframe stands at its frame and perhaps at the buffer's end. */
  private List<String> input(int image) {
    if (!plan.mode().multiframe()) {
      return List.of("image", PlanTimeline.place(plan, 0));
    }
    Stream<String> places =
        plan.guides().stream()
            .filter(guide -> guide.keyframe() == image + 1)
            .map(guide -> PlanTimeline.place(plan, guide.frame()));
    return Stream.concat(Stream.of("K" + (image + 1)), places).toList();
  }

  private List<String> frame(int index) {
    Stream<String> guides =
        plan.guides().stream()
            .filter(guide -> guide.frame() == index)
            .map(guide -> "K" + guide.keyframe());
    Stream<String> buffer = Stream.of("buffer").filter(_ -> PlanTimeline.inBuffer(plan, index));
    return List.of(
        PlanTimeline.place(plan, index),
        Stream.concat(buffer, guides).collect(Collectors.joining(" ")));
  }

  /** The frames with guides, and as many even steps from first to last as make 16 in all. */
  static List<Integer> shown(GenerationPlan plan) {
    int frames = plan.deliveredFrames();
    for (int steps = Math.min(FRAMES, frames); ; steps--) {
      TreeSet<Integer> shown = new TreeSet<>();
      plan.guides().stream().map(Guide::frame).filter(frame -> frame < frames).forEach(shown::add);
      int last = Math.max(1, steps - 1);
      IntStream.range(0, steps)
          .map(i -> (int) Math.round((double) i * (frames - 1) / last))
          .forEach(shown::add);
      if (shown.size() <= FRAMES) {
        return List.copyOf(shown);
      }
    }
  }
}
