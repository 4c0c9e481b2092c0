package dev.ltx2.worker.workflow;

import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.Fit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * For which copy of a node a value is wanted.
 *
 * @param index which copy, from 1; 0 for a node that is not copied
 * @param keyframe whose image it shows, from 1
 * @param guide null outside {@code for_each: guide}
 */
record BindingContext(
    GenerationPlan plan, GraphInputs inputs, int index, int keyframe, @Nullable Guide guide) {
  /** Whether the copy's image is to fill the video. */
  boolean crop() {
    return inputs.fits().get(keyframe - 1) == Fit.CROP;
  }

  /** The guide of a node that is copied per guide; the templates' check lets no other ask. */
  Guide ofGuide() {
    return Objects.requireNonNull(guide);
  }

  int cutLeft() {
    return plan.sampling().cutLeft(plan.width());
  }

  int cutTop() {
    return plan.sampling().cutTop(plan.height());
  }

  /** Of a stage, counted from 1; the set's check lets no graph ask where there is no list. */
  String sigmas(int stage) {
    return plan.sampling().stages().get(stage - 1).sigmas().orElseThrow().text();
  }
}
