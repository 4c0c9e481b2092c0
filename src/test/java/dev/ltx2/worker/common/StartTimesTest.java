package dev.ltx2.worker.common;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.StartTimes.StartPhase;
import dev.ltx2.worker.fakes.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartTimesTest {
  private final ManualTime time = ManualTime.frozen();
  private final StartTimes times = new StartTimes(time, Duration.ofMillis(300));

  @Test
  void eachPhaseOnce() {
    List<String> seen = new ArrayList<>();
    times.onChange(all -> seen.add(all.toString()));
    times.reached(StartPhase.PROCESS);
    time.advance(Duration.ofMillis(200));
    times.reached(StartPhase.FIRST_TAKE);
    times.took(StartPhase.COMFYUI_IMPORT, Duration.ofSeconds(9));
    // ComfyUI was restarted
    times.took(StartPhase.COMFYUI_IMPORT, Duration.ofSeconds(4));
    times.warmed("LTX-2 checkpoint", Duration.ofSeconds(20));
    times.warmed("cut", Duration.ofMillis(2));
    assertThat(times.seconds())
        .containsExactly(
            Map.entry("process", 0.3),
            Map.entry("first_take", 0.5),
            Map.entry("comfyui_import", 9.0));
    assertThat(times.warmUpSeconds()).containsExactly(Map.entry("LTX-2 checkpoint", 20.0));
    assertThat(times)
        .hasToString(
            "process 0.30 s, first take 0.50 s, comfyui import 9.00 s; warm-up by model: LTX-2"
                + " checkpoint 20.00 s");
    assertThat(seen)
        .containsExactly(
            "process 0.30 s",
            "process 0.30 s, first take 0.50 s",
            "process 0.30 s, first take 0.50 s, comfyui import 9.00 s");
  }

  @Test
  void isPassedOnOnce() {
    assertThat(times.tell()).isTrue();
    assertThat(times.tell()).isFalse();
  }

  @Test
  void ofThisProcess() {
    assertThat(StartTimes.ofProcess().age()).isBetween(Duration.ofMillis(1), Duration.ofDays(1));
  }
}
