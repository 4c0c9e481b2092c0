package dev.ltx2.worker.plan;

import java.util.List;

/**
 * What the model has to compute for a video, in tokens. A token is a cell of 32x32 pixels in one
 * latent frame, which stands for 8 frames of the video; every guide adds a latent frame. The
 * audio's 25 tokens a second are left out.
 *
 * @param stages of each sampling stage
 */
public record Work(List<StageWork> stages) {
  private static final int CELL = 32;
  private static final int FRAMES = 8;

  /**
   * Of one stage.
   *
   * @param tokens in the latent that is sampled
   * @param runs of the model: steps times passes
   */
  public record StageWork(long tokens, int runs) {}

  /** The list is copied. */
  public Work {
    stages = List.copyOf(stages);
  }

  /** Of a plan. */
  public static Work of(GenerationPlan plan) {
    long latentFrames = (plan.length() - 1L) / FRAMES + 1 + plan.guides().size();
    return new Work(
        plan.sampling().stages().stream()
            .map(stage ->
                new StageWork(
                    (long) (stage.width() / CELL) * (stage.height() / CELL) * latentFrames,
                    stage.steps() * stage.passes()))
            .toList());
  }

  /** Token-steps: what the model's linear layers take grows with it. */
  public long linear() {
    return stages.stream().mapToLong(stage -> stage.tokens * stage.runs).sum();
  }

  /** Squared tokens times runs: what attention takes grows with it. */
  public long attention() {
    return stages.stream().mapToLong(stage -> stage.tokens * stage.tokens * stage.runs).sum();
  }
}
