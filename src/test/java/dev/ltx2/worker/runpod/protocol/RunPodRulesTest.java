package dev.ltx2.worker.runpod.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunPodRulesTest {
  /** A redirect is none: a post that follows one has lost its body. */
  @ParameterizedTest
  @CsvSource({"199, false", "200, true", "204, true", "299, true", "300, false", "307, false"})
  void only2xxMeansThatThePlatformHasIt(int status, boolean accepted) {
    assertThat(RunPodClient.accepted(status)).isEqualTo(accepted);
  }

  @Test
  void aRefusalSaysWhatToLookAt() {
    assertThat(RunPodClient.refusal(401)).contains("status 401", "RUNPOD_AI_API_KEY");
    assertThat(RunPodClient.refusal(403)).contains("status 403", "RUNPOD_AI_API_KEY");
    assertThat(RunPodClient.refusal(500)).isEqualTo("status 500");
  }

  /** Messages of the client carry addresses, and these a key. */
  @Test
  void theNetworksFaultsAreToldByTheirType() {
    assertThat(RunPodClient.reason(new ConnectException("https://k3y"))).isEqualTo("not reachable");
    assertThat(RunPodClient.reason(new UnknownHostException("https://k3y")))
        .isEqualTo("not reachable");
    assertThat(RunPodClient.reason(new IOException("https://k3y")))
        .isEqualTo("IOException: no complete answer");
  }

  @Test
  void namesWhatIsUnsetAndShowsNoKey() {
    RunPodSettings none =
        new RunPodSettings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(10),
            Optional.of("k3y"),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(60));
    assertThat(none.missing())
        .containsExactly("RUNPOD_WEBHOOK_GET_JOB", "RUNPOD_WEBHOOK_POST_OUTPUT");
    RunPodSettings all =
        new RunPodSettings(
            Optional.of("https://take?k3y"),
            Optional.of("https://done?k3y"),
            Optional.empty(),
            Duration.ofSeconds(10),
            Optional.of("k3y"),
            Optional.of("pod-1"),
            Optional.empty(),
            Duration.ofSeconds(60));
    assertThat(all.missing()).isEmpty();
    assertThat(all.toString()).contains("pod-1", "PT10S").doesNotContain("k3y");
  }
}
