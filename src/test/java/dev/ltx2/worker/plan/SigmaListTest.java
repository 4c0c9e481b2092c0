package dev.ltx2.worker.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SigmaListTest {
  private static final String OFFICIAL =
      "1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0";

  @Test
  void theOwnNumberOfStepsGivesTheListItself() {
    for (String text : List.of(OFFICIAL, "0.85, 0.7250, 0.4219, 0.0", "1,0")) {
      SigmaList list = new SigmaList(text);
      assertThat(list.withSteps(list.steps()).text()).isEqualTo(text);
    }
    assertThat(new SigmaList(OFFICIAL).steps()).isEqualTo(8);
  }

  /** Worked out by hand: step i of m stands at place 8i/m. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | 1.0, 0.0",
        "2 | 1.0, 0.975, 0.0",
        "4 | 1.0, 0.9875, 0.975, 0.725, 0.0",
        "6 | 1.0, 0.991667, 0.983333, 0.975, 0.847917, 0.522917, 0.0",
        "16 | 1.0, 0.996875, 0.99375, 0.990625, 0.9875, 0.984375, 0.98125, 0.978125, 0.975,"
            + " 0.942188, 0.909375, 0.817188, 0.725, 0.573438, 0.421875, 0.210938, 0.0",
      })
  void otherNumbersLieOnStraightLinesBetween(int steps, String expected) {
    assertThat(new SigmaList(OFFICIAL).withSteps(steps).text()).isEqualTo(expected);
  }

  @Test
  void everyNumberOfStepsIsAListComfyUiReads() {
    for (String text : List.of(OFFICIAL, "0.909375, 0.725, 0.421875, 0.0")) {
      SigmaList official = new SigmaList(text);
      for (int steps = 1; steps <= 100; steps++) {
        SigmaList list = official.withSteps(steps);
        assertThat(list.steps()).isEqualTo(steps);
        // ManualSigmas' own pattern: it skips what it does not know.
        List<String> read =
            Pattern.compile("[-+]?(?:\\d*\\.*\\d+)")
                .matcher(list.text())
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(read).containsExactlyElementsOf(Arrays.asList(list.text().split(", ")));
        assertThat(new BigDecimal(read.getFirst()))
            .isEqualByComparingTo(text.substring(0, text.indexOf(',')));
        assertThat(read.getLast()).isEqualTo("0.0");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.0 | needs at least two numbers",
        "1.2, 0.0 | begins at 1.2, above 1",
        "1.0, 0.5, 0.5, 0.0 | must fall, but 0.5 stands behind 0.5",
        "1.0, 0.5 | must end at 0",
        "1.0, 1e-3, 0.0 | not '1e-3'",
        "1.0 0.5 0.0 | not '1.0 0.5 0.0'",
        "1.0,, 0.0 | not ''",
        "1.0, -0.1, 0.0 | not '-0.1'",
      })
  void whatIsNoScheduleIsRefused(String text, String message) {
    assertThatThrownBy(() -> new SigmaList(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
