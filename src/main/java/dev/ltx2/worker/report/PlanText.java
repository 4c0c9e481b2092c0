package dev.ltx2.worker.report;

import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.plan.SamplingStage;
import dev.ltx2.worker.plan.Work;
import java.util.Locale;

/** A plan as a page of text, with a timeline of one character line. */
public final class PlanText {
  private static final int COLUMNS = 72;

  private PlanText() {}

  public static String of(GenerationPlan plan) {
    StringBuilder text = new StringBuilder();
    text.append(PlanTimeline.headline(plan)).append("\n\n");
    String cut = plan.deliveredFrames() < plan.frames() ? "trimmed to the audio" : "";
    row(text, "content", plan.contentFrames(), plan, "the audio's or requested length");
    row(text, "with buffer", plan.frames(), plan, plan.bufferSeconds() + " s of buffer");
    row(text, "LTX-2 makes", plan.length(), plan, "the next 8k+1");
    row(text, "delivered", plan.deliveredFrames(), plan, cut);
    plan.audioFrames()
        .ifPresent(frames ->
            line(
                text,
                "audio",
                String.format(Locale.ROOT, "%5d frames at 25 Hz are generated", frames)));
    line(
        text,
        "steps",
        String.format(
            Locale.ROOT,
            "%5d  LoRAs: distilled %s, detailer %s, camera %s",
            plan.steps(),
            plan.loras().distilled(),
            plan.loras().detailer(),
            plan.loras().camera()));
    line(text, "model set", model(plan));
    int stage = 0;
    for (SamplingStage each : plan.sampling().stages()) {
      line(text, "stage " + ++stage, stage(each));
    }
    line(text, "work", work(Work.of(plan)));
    plan.guides().forEach(guide -> line(text, "guide", guide(guide, plan.fps())));
    text.append('\n').append(timeline(plan)).append('\n');
    text.append("= content, ~ buffer, . made but not delivered, digits: guides, +: several\n");
    plan.warnings().forEach(warning -> text.append("warning: ").append(warning).append('\n'));
    return text.toString();
  }

  private static void row(
      StringBuilder text, String name, int frames, GenerationPlan plan, String note) {
    double seconds = (double) frames / plan.fps();
    line(text, name, String.format(Locale.ROOT, "%5d frames = %6.2f s  %s", frames, seconds, note));
  }

  private static String model(GenerationPlan plan) {
    return plan.sampling().modelSet() + ", schedule " + plan.sampling().schedule();
  }

  private static String stage(SamplingStage stage) {
    return String.format(
        Locale.ROOT,
        "%5d steps at %dx%d%s%s",
        stage.steps(),
        stage.width(),
        stage.height(),
        stage.passes() > 1 ? ", " + stage.passes() + " passes each" : "",
        stage.sigmas().map(sigmas -> ": " + sigmas.text()).orElse(""));
  }

  private static String work(Work work) {
    return String.format(
        Locale.ROOT, "%,d token-steps, attention %.2e", work.linear(), (double) work.attention());
  }

  private static String guide(Guide guide, int fps) {
    return String.format(
        Locale.ROOT,
        "keyframe %d at frame %4d = %6.2f s, strength %s",
        guide.keyframe(),
        guide.frame(),
        (double) guide.frame() / fps,
        guide.strength());
  }

  private static void line(StringBuilder text, String name, String content) {
    String line = String.format(Locale.ROOT, "%-12s %s", name, content);
    text.append(line.stripTrailing()).append('\n');
  }

  private static String timeline(GenerationPlan plan) {
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
