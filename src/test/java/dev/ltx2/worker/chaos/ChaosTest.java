package dev.ltx2.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The small size of {@code scripts/chaos}: outcomes are judged, not times. */
@Timeout(400)
class ChaosTest {
  @TempDir private Path temp;

  @Test
  void nothingIsLostAndNothingIsStuck() throws Exception {
    var size =
        new ChaosRun.Size(
            8, 2, 2, Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(90), false);
    try (ChaosRun run = new ChaosRun(size, 20261121, temp, Optional.empty())) {
      ChaosOracle.Verdict verdict = run.run();
      assertThat(verdict.violations())
          .as("%s%n%s", verdict.counts(), String.join("\n", run.ledger().story()))
          .isEmpty();
      assertThat(verdict.counts()).containsEntry("kills", 2);
    }
  }
}
