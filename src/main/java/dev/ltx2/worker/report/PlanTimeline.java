package dev.ltx2.worker.report;

import dev.ltx2.worker.graphics.Canvas;
import dev.ltx2.worker.graphics.DrawingSurface;
import dev.ltx2.worker.graphics.SvgSurface;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A plan drawn over time: content, buffer, what LTX-2 makes beyond, the video's end, audio, and a
 * flag at each frame with guides. Flags point to the right; one that would reach the pole of
 * another is drawn above it, so no pole crosses a text. The bar leaves room for the last flags.
 */
public final class PlanTimeline {
  static final int INK = 0xff1d2430;
  static final int BUFFER = 0xffe0a458;
  static final int CUT = 0xffc1121f;
  private static final int FAINT = 0xff667080;
  private static final int CONTENT = 0xff4f7cac;
  private static final int SURPLUS = 0xffcdd2da;
  private static final int AUDIO = 0xff6a994e;

  private static final double BAR = 34;
  private static final double FLAG = 36;
  private static final double TEXT = 10;
  private static final double LINE = 15;
  private static final double WARNING = 17;
  private static final double LEGEND = 22;

  /** Room for the number of the last second. */
  private static final double RIGHT = 40;

  private final GenerationPlan plan;
  private final List<Flag> flags = new ArrayList<>();
  private final int[] rows;
  private final double scale;

  /** The text on the guides of one frame, and its width from the pole on. */
  private record Flag(int frame, String names, String place, double width) {}

  /** Frames of one colour, without the last. */
  private record Span(int from, int to, int colour) {}

  /** Lays it out in a width, in pixels. */
  PlanTimeline(GenerationPlan plan, double width) {
    this.plan = plan;
    plan.guides().stream()
        .collect(Collectors.groupingBy(Guide::frame, TreeMap::new, Collectors.toList()))
        .forEach((frame, guides) -> flags.add(flag(frame, guides)));
    double pixels = (width - RIGHT) / plan.length();
    for (Flag flag : flags) {
      pixels = Math.min(pixels, (width - flag.width) / Math.max(1, flag.frame));
    }
    scale = pixels;
    rows = new int[flags.size()];
    for (int i = rows.length - 1; i >= 0; i--) {
      double end = x(flags.get(i).frame) + flags.get(i).width;
      for (int k = i + 1; k < rows.length && x(flags.get(k).frame) < end; k++) {
        rows[i] = Math.max(rows[i], rows[k] + 1);
      }
    }
  }

  private Flag flag(int frame, List<Guide> guides) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < guides.size(); i++) {
      double strength = guides.get(i).strength();
      names.append(i == 0 ? "K" : " K").append(guides.get(i).keyframe());
      if (i == guides.size() - 1) {
        names.append(" ×").append(rounded(strength));
      } else if (guides.get(i + 1).strength() != strength) {
        names.append(" ×").append(rounded(strength)).append(',');
      }
    }
    String place = place(plan, frame);
    double width =
        Math.max(Canvas.textWidth(TEXT, names.toString()), Canvas.textWidth(TEXT, place));
    return new Flag(frame, names.toString(), place, width + 16);
  }

  /** Short, because nine strengths on one frame must fit. */
  private static double rounded(double strength) {
    return Math.round(strength * 1000) / 1000.0;
  }

  /** As an SVG document of its own. */
  public static String svg(GenerationPlan plan) {
    double margin = 24;
    double width = 1200;
    PlanTimeline timeline = new PlanTimeline(plan, width - 2 * margin);
    double top = margin + 34 + plan.warnings().size() * WARNING;
    double height = top + timeline.height() + margin;
    SvgSurface pen = new SvgSurface();
    pen.rectangle(0, 0, width, height, 0xffffffff);
    DrawingSurface fitting = pen.fitting(width - 2 * margin);
    fitting.text(margin, margin, 14, INK, headline(plan));
    for (int i = 0; i < plan.warnings().size(); i++) {
      fitting.text(margin, margin + 28 + i * WARNING, TEXT, CUT, plan.warnings().get(i));
    }
    timeline.draw(pen, margin, top);
    return pen.document(width, height, headline(plan));
  }

  /** One line that says what video this is. */
  static String headline(GenerationPlan plan) {
    return String.format(
        Locale.ROOT,
        "%s (mode %s)  %s at %d fps  %d frames = %.2f s  seed %d",
        plan.mode().workflow(),
        plan.mode().label(),
        size(plan),
        plan.fps(),
        plan.deliveredFrames(),
        (double) plan.deliveredFrames() / plan.fps(),
        plan.seed());
  }

  /** What is delivered, and what it is cut out of where that is larger. */
  static String size(GenerationPlan plan) {
    String delivered = plan.width() + "x" + plan.height();
    String generated = plan.sampling().width() + "x" + plan.sampling().height();
    return delivered.equals(generated) ? delivered : delivered + " (cut out of " + generated + ")";
  }

  /** A frame by number and time. */
  static String place(GenerationPlan plan, int frame) {
    return String.format(Locale.ROOT, "f%d  %.2f s", frame, (double) frame / plan.fps());
  }

  /** Whether a frame lies behind the content. */
  static boolean inBuffer(GenerationPlan plan, int frame) {
    return frame >= plan.contentFrames();
  }

  /** The height it takes, in pixels. */
  double height() {
    return barTop() + BAR + 84 + (isWeak() ? LEGEND : 0);
  }

  /** Draws it; {@code left} and {@code top} are the corner of what it takes. */
  void draw(DrawingSurface pen, double left, double top) {
    double y = top + barTop();
    bars(pen, left, y);
    seconds(pen, left, y + BAR + 20);
    flags(pen, left, y);
    legend(pen, left, y + BAR + 46);
  }

  private double barTop() {
    return FLAG * (IntStream.of(rows).max().orElse(-1) + 1);
  }

  /** The left edge of a frame. */
  private double x(double frame) {
    return frame * scale;
  }

  private void bars(DrawingSurface pen, double left, double y) {
    List<Span> spans =
        List.of(
            new Span(0, plan.contentFrames(), CONTENT),
            new Span(plan.contentFrames(), plan.frames(), BUFFER),
            new Span(plan.deliveredFrames(), plan.frames(), 0xa0ffffff),
            new Span(plan.frames(), plan.length(), SURPLUS));
    for (Span span : spans) {
      if (span.to > span.from) {
        pen.rectangle(left + x(span.from), y, x(span.to) - x(span.from), BAR, span.colour);
      }
    }
    double audio = Math.min(plan.duration() * plan.fps(), plan.length());
    pen.rectangle(left, y + BAR + 4, x(audio), 8, AUDIO);
    pen.rectangle(left + x(plan.deliveredFrames()) - 1.5, y - 6, 3, BAR + 22, CUT);
  }

  private void seconds(DrawingSurface pen, double left, double y) {
    double second = x(plan.fps());
    double step =
        DoubleStream.of(0.1, 0.2, 0.5, 1, 2, 5).filter(s -> s * second > 56).findFirst().orElse(10);
    for (int i = 0; i * step * plan.fps() <= plan.length(); i++) {
      double at = left + i * step * second;
      String number = String.format(Locale.ROOT, step < 1 ? "%.1f s" : "%.0f s", i * step);
      pen.rectangle(at, y, 1, 8, FAINT);
      pen.text(at + 4, y + 1, 8, FAINT, number);
    }
  }

  /** Flags of frames that are cut off are pale. */
  private void flags(DrawingSurface pen, double left, double y) {
    for (int i = 0; i < rows.length; i++) {
      Flag flag = flags.get(i);
      int colour = flag.frame < plan.deliveredFrames() ? INK : FAINT;
      double at = left + x(flag.frame);
      double top = y - FLAG * (rows[i] + 1);
      pen.rectangle(at, top, 2, y + BAR - top, colour);
      pen.text(at + 6, top, TEXT, colour, flag.names);
      pen.text(at + 6, top + LINE, TEXT, colour, flag.place);
    }
  }

  private void legend(DrawingSurface pen, double left, double y) {
    int buffer = plan.frames() - plan.contentFrames();
    int surplus = plan.length() - plan.frames();
    int cut = plan.length() - plan.deliveredFrames();
    double at = entry(pen, left, y, CONTENT, "content " + plan.contentFrames() + " frames");
    if (buffer > 0) {
      at = entry(pen, at, y, BUFFER, "buffer " + buffer + " frames");
    }
    if (surplus > 0) {
      entry(pen, at, y, SURPLUS, surplus + " frames more, as LTX-2 makes 8k+1");
    }
    String audio = plan.mode().lipSync() ? "speech" : "generated audio";
    double second = y + LEGEND;
    at =
        entry(
            pen,
            left,
            second,
            AUDIO,
            String.format(Locale.ROOT, "%s %.2f s", audio, plan.duration()));
    entry(
        pen,
        at,
        second,
        CUT,
        "end: "
            + plan.deliveredFrames()
            + " frames delivered"
            + (plan.deliveredFrames() < plan.frames() ? ", trimmed to the audio" : "")
            + (cut > 0 ? ", " + cut + " cut off" : ""));
    if (isWeak()) {
      String text = "×: a keyframe's strength; the rehearsal paints weaker ones paler";
      pen.text(left, second + LEGEND, TEXT, INK, text);
    }
  }

  private boolean isWeak() {
    return plan.guides().stream().anyMatch(guide -> guide.strength() < 1);
  }

  /** Where the next one begins. */
  private static double entry(DrawingSurface pen, double x, double y, int colour, String text) {
    pen.rectangle(x, y, 12, TEXT, colour);
    pen.text(x + 18, y, TEXT, INK, text);
    return x + 18 + Canvas.textWidth(TEXT, text) + 26;
  }
}
