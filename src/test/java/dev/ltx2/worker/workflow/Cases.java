package dev.ltx2.worker.workflow;

import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.plan.OneStage;
import dev.ltx2.worker.plan.Replanned;
import dev.ltx2.worker.plan.Sampling;
import dev.ltx2.worker.plan.SamplingStage;
import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.Fit;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Plans and inputs that graphs are filled with, and the templates of this repository. */
final class Cases {
  static final String JOB = "sync-7f3a";
  static final Loras HIGH = new Loras(0.3, 0.6, 1.0);
  static final Loras NONE = new Loras(0, 0, 0);

  private Cases() {}

  /** A job to fill a graph with; the with-methods change one thing each. */
  record Case(GenerationPlan plan, GraphInputs inputs) {
    static Case of(Mode mode, int width, int height, int fps, double d, double b, Guide... guides) {
      int frames = (int) Math.ceil((d + b) * fps - 1e-6) + 1;
      int content = (int) Math.ceil(d * fps - 1e-6) + 1;
      OptionalInt audio =
          mode.lipSync() ? OptionalInt.empty() : OptionalInt.of((int) Math.ceil(d * 25 - 1e-6));
      GenerationPlan plan =
          new GenerationPlan(
              mode,
              width,
              height,
              fps,
              d,
              b,
              content,
              frames,
              (frames + 6) / 8 * 8 + 1,
              frames,
              audio,
              8,
              42,
              HIGH,
              23,
              1.0,
              List.of(guides),
              OneStage.sampling(width, height, 8),
              List.of());
      int images = List.of(guides).stream().mapToInt(Guide::keyframe).max().orElse(1);
      return new Case(plan, Cases.inputs(mode, images, "A person speaks", "blurry"));
    }

    Case trimmed() {
      return with(plan.contentFrames() - 1, plan.steps(), plan.seed(), plan.loras(), 23, 1.0);
    }

    Case loras(double camera, double distilled, double detailer) {
      Loras loras = new Loras(camera, distilled, detailer);
      return with(plan.deliveredFrames(), plan.steps(), plan.seed(), loras, 23, 1.0);
    }

    Case steps(int steps) {
      return with(plan.deliveredFrames(), steps, plan.seed(), plan.loras(), 23, 1.0);
    }

    /** With lists of noise levels, one a stage. */
    Case sigmas(String... lists) {
      List<SamplingStage> stages =
          Arrays.stream(lists)
              .map(SigmaList::new)
              .map(list ->
                  new SamplingStage(
                      plan.width(), plan.height(), list.steps(), 1, Optional.of(list)))
              .toList();
      return with(new Sampling("own", plan.width(), plan.height(), "own", stages));
    }

    Case seed(long seed) {
      return with(plan.deliveredFrames(), plan.steps(), seed, plan.loras(), 23, 1.0);
    }

    Case image(int compression, double strength) {
      return with(
          plan.deliveredFrames(), plan.steps(), plan.seed(), plan.loras(), compression, strength);
    }

    Case fits(Fit... fits) {
      return new Case(
          plan,
          new GraphInputs(
              inputs.promptPositive(),
              inputs.promptNegative(),
              inputs.images(),
              List.of(fits),
              inputs.audio(),
              inputs.filePrefix()));
    }

    Case prompt(String positive, String negative) {
      return new Case(plan, Cases.inputs(plan.mode(), inputs.images().size(), positive, negative));
    }

    private Case with(Sampling sampling) {
      return new Case(Replanned.with(plan, sampling), inputs);
    }

    private Case with(
        int delivered, int steps, long seed, Loras loras, int compression, double strength) {
      return new Case(
          new GenerationPlan(
              plan.mode(),
              plan.width(),
              plan.height(),
              plan.fps(),
              plan.duration(),
              plan.bufferSeconds(),
              plan.contentFrames(),
              plan.frames(),
              plan.length(),
              delivered,
              plan.audioFrames(),
              steps,
              seed,
              loras,
              compression,
              strength,
              plan.guides(),
              OneStage.sampling(plan.width(), plan.height(), steps),
              plan.warnings()),
          inputs);
    }
  }

  static GraphInputs inputs(Mode mode, int images, String positive, String negative) {
    String folder = "jobs/" + JOB + "/";
    return new GraphInputs(
        positive,
        negative,
        IntStream.rangeClosed(1, images).mapToObj(i -> folder + "image_" + i + ".png").toList(),
        mode.lipSync() ? folder + "audio.mp3" : null,
        folder);
  }

  static String template(Mode mode) throws IOException {
    return Files.readString(Path.of("workflows/ltx-2", mode.workflow() + ".json"));
  }

  static Workflow workflow(Mode mode) throws IOException, WorkflowException {
    return Workflow.parse(mode.workflow() + ".json", template(mode));
  }
}
