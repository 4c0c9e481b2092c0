package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestJsonTest {
  private static final String LIMITS =
      "it exceeds a limit (32 levels of nesting, 100 characters in a number, 70,000,000 in a text)";

  static final List<Arguments> UNREADABLE =
      List.of(
          bad("", "The request is empty: it must be a JSON object"),
          bad(" \n ", "The request is empty: it must be a JSON object"),
          bad("null", "The request must be a JSON object, got null"),
          bad("[]", "The request must be a JSON object, got an array"),
          bad("\"secret\"", "The request must be a JSON object, got text"),
          bad("17", "The request must be a JSON object, got a number"),
          bad("{", "The request is not valid JSON at line 1, column 2: it ends too early"),
          bad(
              "{\"prompt_positive\": \"secret",
              "The request is not valid JSON at line 1, column 28: it ends too early"),
          bad(
              "{\"fps\": 30,\n \"seed\": secret}",
              "The request is not valid JSON at line 2, column 10: unexpected text"),
          bad("{'fps': 30}", "The request is not valid JSON at line 1, column 2: unexpected text"),
          bad(
              "{\"fps\": 30,}",
              "The request is not valid JSON at line 1, column 12: unexpected text"),
          bad(
              "{\"fps\": 030}",
              "The request is not valid JSON at line 1, column 10: unexpected text"),
          bad(
              "{\"a\": \"secret\nline\"}",
              "The request is not valid JSON at line 1, column 14: unexpected text"),
          bad(
              "{\"fps\": 30} {\"fps\": 31}",
              "The request is not valid JSON at line 1, column 13: something follows the request's"
                  + " end"),
          bad(
              "{\"fps\": 30}\n]",
              "The request is not valid JSON at line 2, column 1: unexpected text"),
          bad(
              "{\"fps\": 30, \"fps\": 31}",
              "The request is not valid JSON at line 1, column 18: the key fps is there twice"),
          bad(
              "{\"input\": {\"seed\": 1, \"seed\": 1}}",
              "The request is not valid JSON at line 1, column 29: the key seed is there twice"),
          bad(
              "{\"duration\": NaN}",
              "The request is not valid JSON at line 1, column 17: NaN and Infinity are not numbers"
                  + " in JSON"),
          bad(
              "{\"duration\": -Infinity}",
              "The request is not valid JSON at line 1, column 23: NaN and Infinity are not numbers"
                  + " in JSON"),
          bad(
              "{\"seed\": " + "9".repeat(400) + "}",
              "The request is not valid JSON at line 1, column 410: " + LIMITS),
          bad("[".repeat(100_000), "The request is not valid JSON at line 1, column 34: " + LIMITS),
          bad(
              "{\"a\":".repeat(40) + "1" + "}".repeat(40),
              "The request is not valid JSON at line 1, column 162: " + LIMITS),
          bad("{\"input\": [1]}", "input must be a JSON object, got an array"),
          bad("{\"input\": null}", "input must be a JSON object, got null"),
          bad(
              "{\"input\": {\"fps\": 30}, \"seed\": 4, \"duration\": 5}",
              "Move into input what stands beside it: duration, seed"));

  @ParameterizedTest
  @FieldSource("UNREADABLE")
  void unreadable(String json, String message) {
    assertThat(fault(json)).isEqualTo(message);
    assertThat(fault(json.getBytes(StandardCharsets.UTF_8))).isEqualTo(message);
  }

  @Test
  void bytesThatAreNoText() {
    byte[] latin1 = "{\"prompt_positive\": \"schön\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(fault(latin1)).startsWith("The request is not valid JSON");
    assertThat(fault(new byte[] {0, 0, 0, 0, 0, 0})).startsWith("The request is not valid JSON");
    // UTF-32 by its first character, and then what is none
    assertThat(fault(new byte[] {0, 0, 0, '{', 0, 0x20, 0, 0}))
        .isEqualTo("The request is not valid JSON: it is not UTF-8 text");
  }

  /** Exponents whose value is fine to read but would take gigabytes to write out. */
  @ParameterizedTest
  @ValueSource(
      strings = {"1e400", "1e999999999", "-1e999999999", "1e99999999999999", "1e-99999999999999"})
  void hugeExponentsEndInAnError(String number) {
    for (String field : List.of("seed", "fps", "duration", "lora_camera")) {
      InvalidRequestException fault =
          catchThrowableOfType(
              InvalidRequestException.class,
              () ->
                  GenerationRequest.parse(
                      RequestJson.read(
                          "{\"image_url\": \"https://e.org/a.png\", \"audio_url\":"
                              + " \"https://e.org/a.mp3\", \"keyframes\": [], \""
                              + field
                              + "\": "
                              + number
                              + "}")));
      assertThat(fault).isNotNull();
      assertThat(fault.getMessage()).hasSizeLessThan(300);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"fps\": 30}",
        "\uFEFF{\"fps\": 30}",
        "{\"input\": {\"fps\": 30}}",
        "{\"id\": \"x-u1\", \"webhook\": \"https://e.org/h\", \"policy\": {\"ttl\": 5}, \"input\":"
            + " {\"fps\": 30}}\n\n"
      })
  void jobsAndBareInputs(String json) throws Exception {
    assertThat(RequestJson.read(json).toString()).isEqualTo("{\"fps\":30}");
    assertThat(RequestJson.read(json.getBytes(StandardCharsets.UTF_8)).toString())
        .isEqualTo("{\"fps\":30}");
    assertThat(
            RequestJson.read(json.replace("\uFEFF", "").getBytes(StandardCharsets.UTF_16))
                .toString())
        .isEqualTo("{\"fps\":30}");
  }

  @Test
  void aFileOfFiftyMegabytesFitsAsDataUri() throws Exception {
    String uri = "data:image/png;base64," + "A".repeat(69_905_068);
    ObjectNode input = RequestJson.read("{\"image_url\": \"" + uri + "\", \"duration\": 5}");

    assertThat(GenerationRequest.parse(input).images()).containsExactly(new Source.Data(uri));
  }

  private static String fault(String json) {
    return check(catchThrowableOfType(InvalidRequestException.class, () -> RequestJson.read(json)));
  }

  private static String fault(byte[] json) {
    return check(catchThrowableOfType(InvalidRequestException.class, () -> RequestJson.read(json)));
  }

  private static String check(InvalidRequestException fault) {
    assertThat(fault).isNotNull();
    assertThat(fault.getMessage()).doesNotContain("secret", "com.fasterxml", "\n");
    assertThat(fault.faults()).extracting(FieldFault::message).containsExactly(fault.getMessage());
    return fault.getMessage();
  }

  private static Arguments bad(String json, String message) {
    return Arguments.of(json, message);
  }
}
