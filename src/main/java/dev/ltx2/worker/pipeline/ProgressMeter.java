package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.Stage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Turns stages and the sampler's steps into one percentage that never falls, with an estimate. */
final class ProgressMeter {
  private final Clock time;
  private final ProgressListener listener;
  private final Map<Stage, Duration> passed = new EnumMap<>(Stage.class);
  private Stage stage = Stage.DOWNLOAD;
  private long stageStart;
  private Optional<Duration> left = Optional.empty();
  private Progress last = new Progress(Stage.DOWNLOAD, 0, 0, 0, OptionalInt.empty());

  ProgressMeter(Clock time, ProgressListener listener) {
    this.time = time;
    this.listener = listener;
    stageStart = time.nanos();
    listener.progress(last);
  }

  /** Ends the current stage and begins {@code next}. */
  synchronized void enter(Stage next) {
    passed.merge(stage, time.since(stageStart), Duration::plus);
    stage = next;
    stageStart = time.nanos();
    left = Optional.empty();
    report(0, last.step(), last.steps());
  }

  /** How long the current stage will still take, where its pace has been measured. */
  synchronized void left(Duration remaining) {
    left = Optional.of(remaining);
  }

  /** Progress inside the current stage, 0 to 1. */
  synchronized void report(double fraction, int step, int steps) {
    int before = 0;
    for (Stage earlier : Stage.values()) {
      if (earlier.compareTo(stage) < 0) {
        before += earlier.weight();
      }
    }
    int percent = Math.clamp((int) (before + stage.weight() * fraction), last.percent(), 99);
    Progress now = new Progress(stage, percent, step, steps, eta(fraction));
    if (now.stage() != last.stage()
        || now.percent() != last.percent()
        || now.step() != last.step()) {
      last = now;
      listener.progress(now);
    }
  }

  /** The video is about to leave. */
  void promise(Promise promise) {
    listener.promised(promise);
  }

  /** Ends the last stage. */
  synchronized void finish() {
    passed.merge(stage, time.since(stageStart), Duration::plus);
    last = new Progress(stage, 100, last.step(), last.steps(), OptionalInt.of(0));
    listener.progress(last);
  }

  /** How long each stage took, so far. */
  synchronized Duration spent(Stage which) {
    return passed.getOrDefault(which, Duration.ZERO);
  }

  /**
   * Generation is nearly all of a job, so its own pace is the estimate: that of the sampler's steps
   * once there is one, until then that of the fraction. Before it there is none.
   */
  private OptionalInt eta(double fraction) {
    if (stage.compareTo(Stage.GENERATE) > 0) {
      return last.etaSeconds().isPresent()
          ? OptionalInt.of(Math.min(last.etaSeconds().getAsInt(), 5))
          : OptionalInt.empty();
    }
    if (stage != Stage.GENERATE || fraction < 0.02) {
      return OptionalInt.empty();
    }
    if (left.isPresent()) {
      return OptionalInt.of((int) Math.ceil(left.get().toMillis() / 1000.0));
    }
    double seconds = time.since(stageStart).toMillis() / 1000.0;
    return OptionalInt.of((int) Math.ceil(seconds / fraction * (1 - fraction)));
  }
}
