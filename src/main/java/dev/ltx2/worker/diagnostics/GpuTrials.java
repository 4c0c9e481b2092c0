package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.request.Mode;
import java.util.ArrayList;
import java.util.List;

/**
 * Which videos to try a GPU with.
 *
 * @param sizes as {@code 1280x736}
 * @param seconds of each video, without the buffer
 * @param limitSizes at which the longest video that fits is looked for
 * @param limitSeconds the lengths tried for that, ascending
 */
public record GpuTrials(
    List<String> sizes,
    List<String> presets,
    double seconds,
    List<String> limitSizes,
    List<Double> limitSeconds) {
  /** Half an hour on an RTX 4090, by the figures that others give for it. */
  public static final GpuTrials USUAL =
      new GpuTrials(
          List.of("768x512", "1280x736"),
          List.of("fast", "high"),
          5,
          List.of("1280x736", "1920x1088"),
          List.of(5.0, 10.0, 15.0, 20.0, 30.0));

  /** One video. */
  record Trial(Mode mode, int width, int height, String preset, double seconds) {}

  static Trial trial(Mode mode, String size, String preset, double seconds) {
    String[] sides = size.split("x", 2);
    return new Trial(mode, Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), preset, seconds);
  }

  /** Every mode at every size in every preset. */
  List<Trial> all() {
    List<Trial> trials = new ArrayList<>();
    for (String size : sizes) {
      for (String preset : presets) {
        for (Mode mode : Mode.values()) {
          trials.add(trial(mode, size, preset, seconds));
        }
      }
    }
    return trials;
  }
}
