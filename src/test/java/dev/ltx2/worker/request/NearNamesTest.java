package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far a slip may go, whatever the fields are called. */
class NearNamesTest {
  private static final List<String> KNOWN =
      List.of("grey", "maximum", "duration", "first_frame", "last_frame_rate");

  @ParameterizedTest
  @CsvSource({
    // Four letters: one slip
    "gray,",
    "gre, grey",
    "greyy, grey",
    "geey, grey",
    "gre_y, grey",
    // Seven: a letter that the name has not counts twice
    "maximun,maximum",
    "maxinun,",
    "naximun,",
    "maxizum,maximum",
    "zaxizum,",
    "axmimum,maximum",
    "amxium,maximum",
    // Longer: two slips of any kind, not three
    "duratzzn, duration",
    "durzzzn,",
    "duratioon, duration",
    "durationxy, duration",
    "durationxyz,",
    "durat, ",
    "durati, duration",
    // A name's part up to an underscore comes before all slips
    "first, first_frame",
    "FIRST-, first_frame",
    "last, last_frame_rate",
    "lastframe, last_frame_rate",
    "frame,"
  })
  void theNearest(String given, String expected) {
    assertThat(NearNames.of(given, KNOWN))
        .isEqualTo(expected == null ? List.of() : List.of(expected));
  }
}
