package dev.ltx2.worker.plan;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * At which sizes and in which steps a video is sampled.
 *
 * @param modelSet the set whose graphs make it
 * @param width pixels that are generated; at or above the width that is delivered
 * @param height pixels that are generated; at or above the height that is delivered
 * @param schedule the set's name for the noise levels
 * @param stages runs of the sampler, in order; the last has the generated size
 */
public record Sampling(
    String modelSet, int width, int height, String schedule, List<SamplingStage> stages) {

  /** The list is copied. */
  public Sampling {
    stages = List.copyOf(stages);
  }

  /**
   * What a set makes of a request. {@code steps} are the first stage's; those behind it keep their
   * published numbers.
   *
   * @param width delivered
   * @param height delivered
   * @param schedule one of the rules'
   */
  static Sampling of(SamplingRules rules, int width, int height, int steps, String schedule) {
    int wide = rules.generated(width);
    int high = rules.generated(height);
    List<SigmaList> lists =
        Objects.requireNonNull(rules.schedules().get(schedule), "schedule " + schedule);
    List<SamplingStage> stages =
        IntStream.range(0, rules.stages().size())
            .mapToObj(i -> {
              SamplingRules.StageRules stage = rules.stages().get(i);
              Optional<SigmaList> published =
                  lists.isEmpty() ? Optional.empty() : Optional.of(lists.get(i));
              Optional<SigmaList> sigmas = published.map(l -> i == 0 ? l.withSteps(steps) : l);
              return new SamplingStage(
                  wide / stage.divisor(),
                  high / stage.divisor(),
                  sigmas.map(SigmaList::steps).orElse(steps),
                  stage.passes(),
                  sigmas);
            })
            .toList();
    return new Sampling(rules.modelSet(), wide, high, schedule, stages);
  }

  /** Pixels cut off at the left: the cut is centred. */
  public int cutLeft(int delivered) {
    return (width - delivered) / 2;
  }

  /** Pixels cut off at the top. */
  public int cutTop(int delivered) {
    return (height - delivered) / 2;
  }
}
