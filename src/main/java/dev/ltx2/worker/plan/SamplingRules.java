package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.Mode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a model set's graphs sample, as its {@code set.json} says.
 *
 * @param modelSet the set's name, as plans and answers repeat it
 * @param multipleOf pixels: what widths and heights its graphs can generate
 * @param stages in the order in which they run; the last one has the generated size
 * @param schedules by the name that requests choose them by
 * @param modeWarnings what deserves a word in every plan of a mode
 * @param distilledLora whether {@code lora_distilled} chooses between few and many steps
 */
public record SamplingRules(
    String modelSet,
    int multipleOf,
    List<StageRules> stages,
    Map<String, List<SigmaList>> schedules,
    Map<Mode, String> modeWarnings,
    boolean distilledLora) {

  /**
   * One run of the sampler.
   *
   * @param divisor of the generated width and height: 2 for half the size
   * @param passes runs of the model for a step: 1, or 2 where negative prompts are computed too
   */
  public record StageRules(int divisor, int passes) {}

  /** Collections are copied, in their order. */
  public SamplingRules {
    stages = List.copyOf(stages);
    modeWarnings = Map.copyOf(modeWarnings);
    schedules = Collections.unmodifiableMap(new LinkedHashMap<>(schedules));
  }

  /** The multiple at or above a wanted width or height. */
  int generated(int wanted) {
    return (wanted + multipleOf - 1) / multipleOf * multipleOf;
  }
}
