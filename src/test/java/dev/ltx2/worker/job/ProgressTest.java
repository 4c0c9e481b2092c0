package dev.ltx2.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void asClientsSeeIt() {
    assertThat(new Progress(Stage.GENERATE, 40, 3, 8, OptionalInt.of(70)).toJson())
        .hasToString(
            "{\"stage\":\"generate\",\"percent\":40,\"step\":3,\"steps\":8,\"eta_seconds\":70}");
    assertThat(new Progress(Stage.QUEUE, 0, 0, 0, OptionalInt.empty()).toJson())
        .hasToString("{\"stage\":\"queue\",\"percent\":0,\"step\":0,\"steps\":0}");
  }
}
