package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a worker that cannot take jobs is given up, to the second. */
class GateRulesTest {
  private final ManualTime time = ManualTime.frozen();
  private final List<EndOfLoop.End> ends = new ArrayList<>();
  private final List<JobFailure> failures = new ArrayList<>();
  private Optional<String> obstacle = Optional.of("The disk is full");
  private final Gate gate =
      new Gate(
          () -> obstacle,
          (end, failure) -> {
            ends.add(end);
            failures.add(failure);
          },
          time);

  private void look(int seconds, boolean working) {
    for (int i = 0; i < seconds; i++) {
      time.advance(Duration.ofSeconds(1));
      assertThat(gate.open(working)).isFalse();
    }
  }

  @Test
  void aMinuteAndNoLess() {
    assertThat(gate.open(false)).isFalse();
    look(59, false);
    assertThat(ends).isEmpty();
    look(1, false);
    assertThat(ends).containsExactly(EndOfLoop.End.UNFIT);
    JobFailure why = failures.getFirst();
    assertThat(why.code()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(why).hasMessage("The disk is full");
    assertThat(why.retryable()).isTrue();
  }

  @Test
  void aMomentOfWorkOrOfReadinessBeginsItAnew() {
    gate.open(false);
    look(59, false);
    look(1, true);
    look(59, false);
    assertThat(ends).isEmpty();
    obstacle = Optional.empty();
    assertThat(gate.open(false)).isTrue();
    obstacle = Optional.of("The disk is full");
    look(60, false);
    assertThat(ends).isEmpty();
    look(1, false);
    assertThat(ends).hasSize(1);
  }

  /** A machine that slept an hour has not been unfit for an hour. */
  @Test
  void sleepIsNoWaiting() {
    gate.open(false);
    for (int i = 0; i < 11; i++) {
      time.advance(Duration.ofHours(1));
      gate.open(false);
    }
    assertThat(ends).as("5 s each").isEmpty();
    time.advance(Duration.ofHours(1));
    gate.open(false);
    assertThat(ends).hasSize(1);
  }
}
