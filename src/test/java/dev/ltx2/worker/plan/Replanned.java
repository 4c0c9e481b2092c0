package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.Loras;

/** A plan that samples otherwise. */
public final class Replanned {
  private Replanned() {}

  public static GenerationPlan with(GenerationPlan plan, Sampling sampling) {
    return with(plan, sampling, plan.loras());
  }

  static GenerationPlan with(GenerationPlan plan, Sampling sampling, Loras loras) {
    return new GenerationPlan(
        plan.mode(),
        plan.width(),
        plan.height(),
        plan.fps(),
        plan.duration(),
        plan.bufferSeconds(),
        plan.contentFrames(),
        plan.frames(),
        plan.length(),
        plan.deliveredFrames(),
        plan.audioFrames(),
        plan.steps(),
        plan.seed(),
        loras,
        plan.imgCompression(),
        plan.imgStrength(),
        plan.guides(),
        sampling,
        plan.warnings());
  }
}
