package dev.ltx2.worker.app;

import dev.ltx2.worker.media.Canvas;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.util.Locale;

/** A plan drawn over time: content, buffer, trim, what LTX-2 makes beyond, guides and sound. */
final class Timeline {
  /** The height it takes, in pixels. */
  static final double HEIGHT = 190;

  static final int INK = 0xff1d2430;
  static final int FAINT = 0xff7a8494;
  static final int CONTENT = 0xff4f7cac;
  static final int BUFFER = 0xffe0a458;
  private static final int SURPLUS = 0xffd5d9e0;
  private static final int SOUND = 0xff6a994e;
  private static final int GUIDE = 0xff1d2430;
  private static final int CUT = 0xffc1121f;

  private static final double BAR = 62;
  private static final double BAR_HEIGHT = 34;
  private static final double SMALL = 10;
  private static final double ROW = 17;

  private final GenerationPlan plan;
  private final Pen pen;
  private final double left;
  private final double top;
  private final double width;

  private Timeline(GenerationPlan plan, Pen pen, double left, double top, double width) {
    this.plan = plan;
    this.pen = pen;
    this.left = left;
    this.top = top;
    this.width = width;
  }

  /** Draws it into the given width. */
  static void draw(GenerationPlan plan, Pen pen, double left, double top, double width) {
    Timeline timeline = new Timeline(plan, pen, left, top, width);
    timeline.bars();
    timeline.seconds();
    timeline.guides();
    timeline.legend();
  }

  /** As an SVG document of its own. */
  static String svg(GenerationPlan plan) {
    double margin = 24;
    double width = 1200;
    double height = HEIGHT + 2 * margin + 26;
    SvgPen pen = new SvgPen();
    pen.rectangle(0, 0, width, height, 0xffffffff);
    pen.text(margin, margin, 14, INK, headline(plan));
    draw(plan, pen, margin, margin + 26, width - 2 * margin);
    return pen.document(width, height, headline(plan));
  }

  /** One line that says what film this is. */
  static String headline(GenerationPlan plan) {
    return String.format(
        Locale.ROOT,
        "%s (mode %s)  %dx%d at %d fps  %d frames = %.2f s  seed %d",
        plan.mode().workflow(),
        plan.mode().label(),
        plan.width(),
        plan.height(),
        plan.fps(),
        plan.deliveredFrames(),
        (double) plan.deliveredFrames() / plan.fps(),
        plan.seed());
  }

  /** Whether a frame lies behind the content. */
  static boolean inBuffer(GenerationPlan plan, int frame) {
    return frame >= plan.contentFrames();
  }

  /** The left edge of a frame. */
  private double x(double frame) {
    return left + width * frame / plan.length();
  }

  private void bar(double from, double to, double y, double height, int colour) {
    if (to > from) {
      pen.rectangle(x(from), y, x(to) - x(from), height, colour);
    }
  }

  private void bars() {
    double y = top + BAR;
    bar(0, plan.contentFrames(), y, BAR_HEIGHT, CONTENT);
    bar(plan.contentFrames(), plan.frames(), y, BAR_HEIGHT, BUFFER);
    bar(plan.frames(), plan.length(), y, BAR_HEIGHT, SURPLUS);
    double sound = Math.min(plan.duration() * plan.fps(), plan.length());
    bar(0, sound, y + BAR_HEIGHT + 4, 8, SOUND);
    if (plan.deliveredFrames() < plan.length()) {
      bar(plan.deliveredFrames(), plan.length(), y, BAR_HEIGHT, 0x99ffffff);
      pen.rectangle(x(plan.deliveredFrames()) - 1, y - 6, 2, BAR_HEIGHT + 22, CUT);
    }
  }

  private void seconds() {
    double y = top + BAR + BAR_HEIGHT + 18;
    double total = (double) plan.length() / plan.fps();
    int every = total <= 12 ? 1 : total <= 30 ? 2 : 5;
    for (int second = 0; second <= total; second += every) {
      pen.rectangle(x((double) second * plan.fps()), y, 1, 6, FAINT);
      pen.text(x((double) second * plan.fps()) + 3, y + 2, 8, FAINT, second + " s");
    }
  }

  /** Labels that would touch go to a higher row. */
  private void guides() {
    double[] rowEnds = {-1, -1, -1};
    for (Guide guide : plan.guides()) {
      String label =
          String.format(
              Locale.ROOT,
              "K%d  f%d  %.2f s  %s",
              guide.keyframe(),
              guide.frame(),
              (double) guide.frame() / plan.fps(),
              strength(guide.strength()));
      double labelWidth = Canvas.textWidth(SMALL, label);
      double at = x(guide.frame());
      double start = Math.min(at, left + width - labelWidth);
      int row = 0;
      while (row < rowEnds.length - 1 && rowEnds[row] > start) {
        row++;
      }
      rowEnds[row] = start + labelWidth + 12;
      double y = top + BAR - 20 - row * ROW;
      pen.rectangle(at - 1, y + SMALL + 3, 2, top + BAR + BAR_HEIGHT - y - SMALL - 3, GUIDE);
      pen.text(start, y, SMALL, GUIDE, label);
    }
  }

  private static String strength(double strength) {
    return "×" + Double.toString(strength);
  }

  private void legend() {
    double y = top + BAR + BAR_HEIGHT + 44;
    double at = left;
    at = entry(at, y, CONTENT, "content " + plan.contentFrames() + " frames");
    if (plan.frames() > plan.contentFrames()) {
      at = entry(at, y, BUFFER, "buffer " + (plan.frames() - plan.contentFrames()) + " frames");
    }
    if (plan.length() > plan.frames()) {
      at =
          entry(
              at, y, SURPLUS, "made but cut " + (plan.length() - plan.frames()) + " (length 8k+1)");
    }
    at = entry(at, y, SOUND, plan.mode().lipSync() ? "speech" : "generated sound");
    entry(
        at,
        y,
        CUT,
        plan.deliveredFrames() < plan.frames()
            ? "trimmed to the audio: " + plan.deliveredFrames() + " frames delivered"
            : "end: " + plan.deliveredFrames() + " frames delivered");
  }

  private double entry(double at, double y, int colour, String text) {
    pen.rectangle(at, y, 12, SMALL, colour);
    pen.text(at + 18, y, SMALL, INK, text);
    return at + 18 + Canvas.textWidth(SMALL, text) + 26;
  }
}
