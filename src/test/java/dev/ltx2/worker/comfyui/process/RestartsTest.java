package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestartsTest {
  private final ManualTime time = ManualTime.frozen();
  private final Restarts restarts = new Restarts(time);

  private long next() {
    return restarts.next().map(Duration::toSeconds).orElse(-1L);
  }

  @Test
  void threeInTenMinutes() {
    assertThat(List.of(next(), next(), next(), next())).containsExactly(1L, 2L, 4L, -1L);
  }

  @Test
  void backOffGrowsToAMinuteWhileTheyAreRare() {
    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      delays.add(next());
      time.advance(Duration.ofMinutes(4));
    }
    assertThat(delays).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
  }

  @Test
  void theWindowSlides() {
    next();
    time.advance(Duration.ofMinutes(5));
    next();
    next();
    time.advance(Duration.ofMinutes(5).minusNanos(1));
    assertThat(next()).isEqualTo(-1);
    time.advance(Duration.ofNanos(1));
    assertThat(next()).isEqualTo(8);
    assertThat(next()).isEqualTo(-1);
  }

  @Test
  void aSuccessForgivesAll() {
    next();
    next();
    next();
    restarts.success();
    assertThat(List.of(next(), next(), next(), next())).containsExactly(1L, 2L, 4L, -1L);
  }
}
