package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressMeterTest {
  private final ManualTime time = ManualTime.frozen();
  private final List<Progress> told = new ArrayList<>();
  private final ProgressMeter meter =
      new ProgressMeter(
          time,
          new ProgressListener() {
            @Override
            public void progress(Progress progress) {
              told.add(progress);
            }
          });

  private static Progress at(Stage stage, int percent, int step, int steps) {
    return new Progress(stage, percent, step, steps, OptionalInt.empty());
  }

  private static Progress at(Stage stage, int percent, int step, int steps, int eta) {
    return new Progress(stage, percent, step, steps, OptionalInt.of(eta));
  }

  @Test
  void aWholeJob() {
    time.advance(Duration.ofSeconds(2));
    meter.report(0.5, 0, 0);
    meter.enter(Stage.QUEUE);
    time.advance(Duration.ofSeconds(3));
    meter.enter(Stage.GENERATE);
    time.advance(Duration.ofSeconds(10));
    meter.report(0.25, 2, 8);
    time.advance(Duration.ofSeconds(30));
    meter.report(1, 8, 8);
    meter.enter(Stage.MUX);
    time.advance(Duration.ofSeconds(1));
    meter.enter(Stage.STORE);
    time.advance(Duration.ofMillis(1500));
    meter.finish();

    assertThat(told)
        .containsExactly(
            at(Stage.DOWNLOAD, 0, 0, 0),
            at(Stage.DOWNLOAD, 2, 0, 0),
            at(Stage.QUEUE, 5, 0, 0),
            at(Stage.GENERATE, 5, 0, 0),
            at(Stage.GENERATE, 27, 2, 8, 30),
            at(Stage.GENERATE, 93, 8, 8, 0),
            at(Stage.MUX, 93, 8, 8, 0),
            at(Stage.STORE, 95, 8, 8, 0),
            at(Stage.STORE, 100, 8, 8, 0));
    assertThat(meter.spent(Stage.DOWNLOAD)).isEqualTo(Duration.ofSeconds(2));
    assertThat(meter.spent(Stage.QUEUE)).isEqualTo(Duration.ofSeconds(3));
    assertThat(meter.spent(Stage.GENERATE)).isEqualTo(Duration.ofSeconds(40));
    assertThat(meter.spent(Stage.MUX)).isEqualTo(Duration.ofSeconds(1));
    assertThat(meter.spent(Stage.STORE)).isEqualTo(Duration.ofMillis(1500));
  }

  /** The generation's own pace: what is left takes as long for each part as what is done. */
  @ParameterizedTest
  @CsvSource({
    "60, 0.5, 60",
    "60, 0.75, 20",
    "1, 0.02, 49",
    "100, 0.9, 12",
    "90, 0.9, 10",
    "0, 0.5, 0",
  })
  void estimates(int seconds, double fraction, int eta) {
    meter.enter(Stage.GENERATE);
    time.advance(Duration.ofSeconds(seconds));
    meter.report(fraction, 1, 2);

    assertThat(told.getLast().etaSeconds()).hasValue(eta);
  }

  /**
   * What the sampler's steps say counts more than the fraction, in which a late step is as short.
   */
  @Test
  void theSamplersPaceIsTheEstimateOnceItIsMeasured() {
    meter.enter(Stage.GENERATE);
    time.advance(Duration.ofSeconds(60));
    meter.report(0.5, 6, 11);
    assertThat(told.getLast().etaSeconds()).hasValue(60);
    meter.left(Duration.ofMillis(90_100));
    meter.report(0.7, 8, 11);
    assertThat(told.getLast().etaSeconds()).hasValue(91);
    meter.enter(Stage.MUX);
    assertThat(told.getLast().etaSeconds()).hasValue(5);
  }

  @Test
  void tooEarlyForAnEstimate() {
    meter.report(0.5, 1, 2);
    assertThat(told.getLast().etaSeconds()).isEmpty();
    meter.enter(Stage.GENERATE);
    time.advance(Duration.ofSeconds(10));
    meter.report(0.0199, 1, 2);
    assertThat(told.getLast().etaSeconds()).isEmpty();
    meter.enter(Stage.MUX);
    assertThat(told.getLast().etaSeconds()).isEmpty();
  }

  /** What follows the generation takes seconds: a longer estimate from before it is cut. */
  @Test
  void theEndIsNear() {
    meter.enter(Stage.GENERATE);
    time.advance(Duration.ofSeconds(50));
    meter.report(0.5, 4, 8);
    assertThat(told.getLast().etaSeconds()).hasValue(50);
    meter.enter(Stage.MUX);
    assertThat(told.getLast().etaSeconds()).hasValue(5);
  }

  @Test
  void neverFallsNorRepeatsItself() {
    meter.enter(Stage.GENERATE);
    meter.report(0.5, 4, 8);
    int before = told.size();
    meter.report(0.5, 4, 8);
    assertThat(told).hasSize(before);
    meter.report(0.25, 5, 8);
    assertThat(told).hasSize(before + 1);
    assertThat(told.getLast().percent()).isEqualTo(49);
    meter.report(0.6, 5, 8);
    assertThat(told).hasSize(before + 2);
    meter.enter(Stage.STORE);
    meter.report(1.5, 5, 8);
    assertThat(told.getLast().percent()).isEqualTo(99);
  }

  @Test
  void aStageEnteredTwiceAddsUp() {
    meter.enter(Stage.QUEUE);
    time.advance(Duration.ofSeconds(1));
    meter.enter(Stage.GENERATE);
    meter.enter(Stage.QUEUE);
    time.advance(Duration.ofSeconds(2));
    meter.finish();

    assertThat(meter.spent(Stage.QUEUE)).isEqualTo(Duration.ofSeconds(3));
    assertThat(meter.spent(Stage.STORE)).isZero();
  }
}
