package dev.ltx2.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizeLimitsTest {
  /** Only what the platform itself puts in front of an id tells that a client waits. */
  @ParameterizedTest
  @CsvSource({
    "sync-1, 20000000",
    "1, 10000000",
    "my-sync-1, 10000000",
    "sync1, 10000000",
    "SYNC-1, 10000000"
  })
  void aWaitingClientTakesTwiceAsMuch(String id, long bytes) {
    assertThat(SizeLimits.RUNPOD_ANSWERS.of(id)).isEqualTo(bytes);
  }
}
