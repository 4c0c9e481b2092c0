package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.GenerationRequest;
import java.util.List;
import java.util.Map;

/** Plans of a set that samples once, at the request's own size, with a scheduler of its graph. */
public final class OneStage {
  /** In multiples of 32. */
  public static final SamplingRules RULES =
      new SamplingRules(
          "one-stage",
          32,
          List.of(new SamplingRules.StageRules(1, 1)),
          Map.of("simple", List.of()),
          Map.of(),
          true);

  private OneStage() {}

  /** A plan of it. */
  public static GenerationPlan plan(GenerationRequest request, double duration, long seed) {
    return GenerationPlan.of(request, duration, seed, RULES);
  }

  /** What it makes of a size and steps. */
  public static Sampling sampling(int width, int height, int steps) {
    return Sampling.of(RULES, width, height, steps, "simple");
  }
}
