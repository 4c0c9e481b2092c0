package dev.ltx2.worker.report;

import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.util.Locale;

/** A plan as a page of text, with a timeline of one character line. */
public final class PlanText {
  private static final int COLUMNS = 72;

  private PlanText() {}

  public static String of(GenerationPlan plan) {
    StringBuilder text = new StringBuilder();
    text.append(PlanTimeline.headline(plan)).append("\n\n");
    row(text, "content", plan.contentFrames(), plan, "the audio's or requested length");
    row(text, "with buffer", plan.frames(), plan, plan.bufferSeconds() + " s of buffer");
    row(text, "LTX-2 makes", plan.length(), plan, "the next 8k+1");
    row(
        text,
        "delivered",
        plan.deliveredFrames(),
        plan,
        plan.deliveredFrames() < plan.frames() ? "trimmed to the audio" : "");
    plan.audioFrames()
        .ifPresent(frames ->
            text.append(
                String.format(
                    Locale.ROOT, "%-12s %5d frames at 25 Hz are generated%n", "audio", frames)));
    text.append(
        String.format(
            Locale.ROOT,
            "%-12s %5d  LoRAs: distilled %s, detailer %s, camera %s%n",
            "steps",
            plan.steps(),
            plan.loras().distilled(),
            plan.loras().detailer(),
            plan.loras().camera()));
    for (Guide guide : plan.guides()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-12s keyframe %d at frame %4d = %6.2f s, strength %s%n",
              "guide",
              guide.keyframe(),
              guide.frame(),
              (double) guide.frame() / plan.fps(),
              guide.strength()));
    }
    text.append('\n').append(line(plan)).append('\n');
    text.append("= content, ~ buffer, . made but not delivered, digits: guides, +: several\n");
    plan.warnings().forEach(warning -> text.append("warning: ").append(warning).append('\n'));
    return text.toString();
  }

  private static void row(
      StringBuilder text, String name, int frames, GenerationPlan plan, String note) {
    text.append(
            String.format(
                    Locale.ROOT,
                    "%-12s %5d frames = %6.2f s  %s",
                    name,
                    frames,
                    (double) frames / plan.fps(),
                    note)
                .stripTrailing())
        .append('\n');
  }

  private static String line(GenerationPlan plan) {
    char[] cells = new char[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      int frame = (int) ((long) i * plan.length() / COLUMNS);
      cells[i] = frame >= plan.deliveredFrames() ? '.' : frame < plan.contentFrames() ? '=' : '~';
    }
    for (Guide guide : plan.guides()) {
      int at = (int) ((long) guide.frame() * COLUMNS / plan.length());
      cells[at] = "=~.".indexOf(cells[at]) < 0 ? '+' : Character.forDigit(guide.keyframe(), 10);
    }
    return "|" + new String(cells) + "|";
  }
}
