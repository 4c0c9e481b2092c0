package dev.ltx2.worker.plan;

/** A plan that samples otherwise. */
public final class Replanned {
  private Replanned() {}

  public static GenerationPlan with(GenerationPlan plan, Sampling sampling) {
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
        plan.loras(),
        plan.imgCompression(),
        plan.imgStrength(),
        plan.guides(),
        sampling,
        plan.warnings());
  }
}
