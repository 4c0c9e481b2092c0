package dev.ltx2.worker.common;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** How JSON is read that clients wrote: its limits, and what is said of text beyond them. */
public final class StrictJson {
  private static final int MAX_NESTING = 32;
  private static final int MAX_NUMBER = 100;
  private static final int MAX_NAME = 1000;

  /** A file of 50 MB is 69,905,068 characters of base64. */
  private static final int MAX_TEXT = 70_000_000;

  /** What is said of a number that Java has no room for. */
  public static final String HUGE_EXPONENT = "a number's exponent is too large";

  private StrictJson() {}

  /** A reader that takes no duplicate keys and no NaN, and leaves numbers as they are written. */
  public static JsonMapper mapper() {
    StreamReadConstraints limits =
        StreamReadConstraints.builder()
            .maxNestingDepth(MAX_NESTING)
            .maxNumberLength(MAX_NUMBER)
            .maxStringLength(MAX_TEXT)
            .maxNameLength(MAX_NAME)
            .build();
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(limits)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build())
        // Numbers as written: 1e400 must not turn into Infinity, nor 31.0 into 31 in an error.
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .build();
  }

  /** What is wrong with the text, never what stands in it: it may be a prompt. */
  public static String fault(JsonProcessingException e) {
    if (e instanceof JsonEOFException) {
      return "it ends too early";
    }
    if (e instanceof StreamConstraintsException) {
      return "it exceeds a limit (%d levels of nesting, %d characters in a number, %,d in a text)"
          .formatted(MAX_NESTING, MAX_NUMBER, MAX_TEXT);
    }
    if (isDuplicate(e)) {
      return "a key is there twice";
    }
    return e.getOriginalMessage().startsWith("Non-standard token")
        ? "NaN and Infinity are not numbers in JSON"
        : "unexpected text";
  }

  /** Whether a key stands twice in one object. */
  public static boolean isDuplicate(JsonProcessingException e) {
    return e.getOriginalMessage().startsWith("Duplicate");
  }
}
