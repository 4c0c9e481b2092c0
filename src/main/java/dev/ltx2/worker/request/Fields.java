package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads the fields of one JSON object. A fault is noted and the field counts as absent, so that
 * reading goes on to the next one.
 */
final class Fields {
  private static final int LONGEST_PROMPT = 10_000;

  private final ObjectNode object;
  private final String prefix;
  private final Findings findings;
  private final AcceptedSources sources;

  /**
   * Fields of an object.
   *
   * @param prefix what stands before a field's name in errors: empty, or {@code keyframes[0].}
   */
  Fields(ObjectNode object, String prefix, Findings findings, AcceptedSources sources) {
    this.object = object;
    this.prefix = prefix;
    this.findings = findings;
    this.sources = sources;
  }

  boolean has(String name) {
    return object.has(name);
  }

  /** The field; a missing node when it is absent. */
  JsonNode get(String name) {
    return object.path(name);
  }

  int integer(String name, int min, int max, int absent) {
    return (int) integer(name, (long) min, max).orElse(absent);
  }

  OptionalLong integer(String name, long min, long max) {
    Optional<BigDecimal> value =
        decimal(get(name)).filter(Fields::isWhole).filter(within(min, max));
    if (has(name) && value.isEmpty()) {
      wrong(name, "an integer from " + min + " to " + max);
    }
    return value.isEmpty() ? OptionalLong.empty() : OptionalLong.of(value.get().longValueExact());
  }

  double number(String name, int min, int max, double absent) {
    return number(name, min, max).orElse(absent);
  }

  OptionalDouble number(String name, int min, int max) {
    Optional<BigDecimal> value = decimal(get(name)).filter(within(min, max));
    if (has(name) && value.isEmpty()) {
      wrong(name, "a number from " + min + " to " + max);
    }
    return value.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(value.get().doubleValue());
  }

  private static boolean isWhole(BigDecimal value) {
    return value.stripTrailingZeros().scale() <= 0;
  }

  private static Predicate<BigDecimal> within(long min, long max) {
    return value ->
        value.compareTo(BigDecimal.valueOf(min)) >= 0
            && value.compareTo(BigDecimal.valueOf(max)) <= 0;
  }

  /** The number as written; empty for everything that is not a finite number. */
  static Optional<BigDecimal> decimal(JsonNode node) {
    boolean finite =
        !node.isFloatingPointNumber() || node.isBigDecimal() || Double.isFinite(node.doubleValue());
    return node.isNumber() && finite ? Optional.of(node.decimalValue()) : Optional.empty();
  }

  boolean bool(String name) {
    if (has(name) && !get(name).isBoolean()) {
      wrong(name, "true or false");
    }
    return has(name) && get(name).booleanValue();
  }

  /** A prompt; errors never repeat it. */
  String prompt(String name, String absent) {
    if (!has(name)) {
      return absent;
    }
    if (!get(name).isTextual()) {
      findings.fault(prefix + name + " must be text, got " + Redacted.kind(get(name)));
      return absent;
    }
    String text = get(name).textValue();
    int length = text.codePointCount(0, text.length());
    if (length > LONGEST_PROMPT) {
      findings.fault(
          "%s%s must have at most %,d characters, has %,d"
              .formatted(prefix, name, LONGEST_PROMPT, length));
    } else if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      findings.fault(prefix + name + " must be Unicode text, has half of a surrogate pair");
    }
    return text;
  }

  /** Where an input is; empty when the field is absent or unusable. */
  Optional<Source> source(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    String rule = prefix + name + " must be " + sources.kinds() + ", got ";
    if (!get(name).isTextual()) {
      findings.fault(rule + Redacted.kind(get(name)));
      return Optional.empty();
    }
    String text = get(name).textValue();
    if (Source.Data.isBroken(text)) {
      findings.fault(
          prefix
              + name
              + " is an empty or broken data: URI: write data:<media type>;base64,<data>");
      return Optional.empty();
    }
    Optional<Source> source = sources.read(text);
    if (source.isEmpty()) {
      findings.fault(rule + Redacted.url(text));
    }
    return source;
  }

  /** Notes that a field holds something else than it must. */
  void wrong(String name, String expected) {
    findings.fault(
        get(name).isNull()
            ? prefix + name + " must be " + expected + ", got null: leave it out for the default"
            : prefix + name + " must be " + expected + ", got " + Redacted.value(get(name)));
  }

  void noteUnknown(Set<String> known) {
    object
        .fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            findings.unknownField(prefix + Redacted.name(name));
          }
        });
  }
}
