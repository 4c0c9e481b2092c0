package dev.ltx2.worker.storage.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreVariablesTest {
  private static StoreVariables of(String value) {
    return new StoreVariables(Map.of("X", value));
  }

  @Test
  void anEmptyVariableCountsAsUnset() {
    assertThat(of("  ").get("X")).isEmpty();
    assertThat(of(" a ").get("X")).contains("a");
    assertThat(of("").prefix("X")).isEqualTo("ugc_media");
    assertThat(of("").urlKind("X", UrlKind.SIGNED)).isEqualTo(UrlKind.SIGNED);
    assertThat(of("").lifetime("X")).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void aPrefixMayHave500CharactersAndSlashesWithinAlone() {
    StoreVariables most = of("/" + "a".repeat(499) + "/");
    assertThat(most.prefix("X")).isEqualTo("a".repeat(499));
    StoreVariables full = of("a".repeat(500));
    assertThat(full.prefix("X")).hasSize(500);
    assertThat(full.faults()).isEmpty();
    StoreVariables over = of("a".repeat(501));
    over.prefix("X");
    assertThat(over.faults())
        .containsExactly("X must have at most 500 characters and no control characters");
    StoreVariables control = of("a\nb");
    control.prefix("X");
    assertThat(control.faults()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "604800, 604800", "0604800, 604800"})
  void anAddressLivesUpToAWeek(String text, long seconds) {
    StoreVariables variables = of(text);
    assertThat(variables.lifetime("X")).isEqualTo(Duration.ofSeconds(seconds));
    assertThat(variables.faults()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "604801", "-1", "1.5", "9999999999", "99999999999999999999"})
  void noOtherTimeIsTaken(String text) {
    StoreVariables variables = of(text);
    assertThat(variables.lifetime("X")).isEqualTo(Duration.ofDays(7));
    assertThat(variables.faults()).containsExactly("X must be 1 to 604800 seconds");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user@host",
        "https://host?key=s3cr3t",
        "https://host#part",
        "ftp://host",
        "host"
      })
  void anAddressThatCouldHoldAKeyIsRefusedAndNotRepeated(String text) {
    StoreVariables variables = of(text);
    assertThat(variables.url("X")).isEmpty();
    assertThat(variables.faults())
        .containsExactly("X must be an http or https URL without user, query and fragment");
  }

  @Test
  void slashesAtItsEndAreNoPartOfAnAddress() {
    assertThat(of("https://host/base//").url("X")).contains(URI.create("https://host/base"));
  }

  @Test
  void whatIsNoPathIsSaid() {
    StoreVariables variables = of("a\0b");
    assertThat(variables.path("X")).isEmpty();
    assertThat(variables.faults()).containsExactly("X must be a path");
  }

  @ParameterizedTest
  @CsvSource({"public, PUBLIC, 0", "SIGNED, SIGNED, 0", "open, SIGNED, 1"})
  void namesTheKindsOfAddress(String text, UrlKind kind, int faults) {
    StoreVariables variables = of(text);
    assertThat(variables.urlKind("X", UrlKind.SIGNED)).isEqualTo(kind);
    assertThat(variables.faults()).hasSize(faults);
  }
}
