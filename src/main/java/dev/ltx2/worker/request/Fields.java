package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the fields of one JSON object. A fault is noted and the field counts as absent, so that
 * reading goes on to the next one. {@code null} is as good as absent, and so is a field that the
 * model set has not.
 */
final class Fields {
  static final int LONGEST_PROMPT = 10_000;

  private final ObjectNode object;
  private final String prefix;
  private final Set<RequestField> known;
  private final Findings findings;
  private final RequestContext context;

  /** The name each field was given under: its own, or an alias. */
  private final Map<RequestField, String> given = new EnumMap<>(RequestField.class);

  /** What all objects of one request are read by. */
  record RequestContext(AcceptedSources sources, RequestRules rules) {}

  /**
   * Fields of an object.
   *
   * @param prefix what stands before a field's name in errors: empty, or {@code keyframes[0].}
   */
  Fields(
      ObjectNode object,
      String prefix,
      Set<RequestField> known,
      Findings findings,
      RequestContext context) {
    this.object = object;
    this.prefix = prefix;
    this.known = known;
    this.findings = findings;
    this.context = context;
    for (RequestField field : known) {
      note(field);
    }
  }

  private void note(RequestField field) {
    List<String> names = field.allNames().filter(object::hasNonNull).toList();
    if (names.isEmpty()) {
      return;
    }
    if (!context.rules().has(field)) {
      findings.withoutEffect(
          prefix + names.getFirst(),
          "%s%s has no effect: the model set %s has no such field"
              .formatted(prefix, names.getFirst(), context.rules().set()));
      return;
    }
    given.put(field, names.getFirst());
    for (String alias : names.subList(1, names.size())) {
      if (!object.get(alias).equals(object.get(names.getFirst()))) {
        findings.fault(
            prefix + alias,
            "%s%s is another name for %s and says something else: give one of them"
                .formatted(prefix, alias, names.getFirst()));
      }
    }
  }

  /** Real names of the fields that are there and that the model set has. */
  Set<String> given() {
    return given.keySet().stream().map(RequestField::label).collect(Collectors.toUnmodifiableSet());
  }

  boolean has(RequestField field) {
    return given.containsKey(field);
  }

  /** The field; a missing node when it is absent. */
  JsonNode get(RequestField field) {
    return object.path(given.getOrDefault(field, field.label()));
  }

  /** The field's name as given, with the way to it. */
  String name(RequestField field) {
    return prefix + given.getOrDefault(field, field.label());
  }

  /** The field's integer, or what the model set says. */
  int integer(RequestField field) {
    return integer(field, context.rules().standard(field).intValueExact());
  }

  int integer(RequestField field, int absent) {
    return ranged(field, "an integer ")
        .filter(Fields::isWhole)
        .map(BigDecimal::intValueExact)
        .orElse(absent);
  }

  /** The field's number, or what the model set says. */
  double number(RequestField field) {
    return number(field, context.rules().standard(field).doubleValue());
  }

  double number(RequestField field, double absent) {
    return ranged(field, "a number ").map(BigDecimal::doubleValue).orElse(absent);
  }

  /** The number, where it is one that the field may hold; else the fault is noted. */
  private Optional<BigDecimal> ranged(RequestField field, String kind) {
    if (!has(field)) {
      return Optional.empty();
    }
    Range range = context.rules().range(field);
    Optional<BigDecimal> value = decimal(get(field)).filter(range::holds);
    if (field.type() == RequestField.FieldType.INTEGER) {
      value = value.filter(Fields::isWhole);
    }
    if (value.isEmpty()) {
      wrong(field, kind + range.text());
    }
    return value;
  }

  static boolean isWhole(BigDecimal value) {
    return value.stripTrailingZeros().scale() <= 0;
  }

  /** The number as written; empty for everything that is not a finite number. */
  static Optional<BigDecimal> decimal(JsonNode node) {
    boolean finite =
        !node.isFloatingPointNumber() || node.isBigDecimal() || Double.isFinite(node.doubleValue());
    return node.isNumber() && finite ? Optional.of(node.decimalValue()) : Optional.empty();
  }

  boolean bool(RequestField field) {
    if (has(field) && !get(field).isBoolean()) {
      wrong(field, "true or false");
    }
    return has(field) && get(field).booleanValue();
  }

  /** One of some words. */
  String choice(RequestField field, List<String> words, String absent) {
    if (!has(field)) {
      return absent;
    }
    String word = get(field).isTextual() ? get(field).textValue() : "";
    if (words.contains(word)) {
      return word;
    }
    wrong(field, Words.or(words));
    return absent;
  }

  /** A prompt; errors never repeat it. */
  String prompt(RequestField field, String absent) {
    if (!has(field)) {
      return absent;
    }
    if (!get(field).isTextual()) {
      fault(field, " must be text, got " + Redacted.kind(get(field)));
      return absent;
    }
    String text = get(field).textValue();
    int length = text.codePointCount(0, text.length());
    if (length > LONGEST_PROMPT) {
      fault(field, " must have at most %,d characters, has %,d".formatted(LONGEST_PROMPT, length));
    } else if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      fault(field, " must be Unicode text, has half of a surrogate pair");
    }
    return text;
  }

  /** Where an input is; empty when the field is absent or unusable. */
  Optional<Source> source(RequestField field) {
    if (!has(field)) {
      return Optional.empty();
    }
    String rule = " must be " + context.sources().kinds() + ", got ";
    if (!get(field).isTextual()) {
      fault(field, rule + Redacted.kind(get(field)));
      return Optional.empty();
    }
    String text = get(field).textValue();
    if (Source.Data.isBroken(text)) {
      fault(field, " is an empty or broken data: URI: write data:<media type>;base64,<data>");
      return Optional.empty();
    }
    Optional<Source> source = context.sources().read(text);
    if (source.isEmpty()) {
      fault(field, rule + Redacted.url(text));
    }
    return source;
  }

  /** Notes that a field holds something else than it must. */
  void wrong(RequestField field, String expected) {
    fault(field, " must be " + expected + ", got " + Redacted.value(get(field)));
  }

  /** Notes a fault; the sentence begins with the field's name. */
  void fault(RequestField field, String rest) {
    findings.fault(name(field), name(field) + rest);
  }

  /** Notes every field that nobody knows, and those that are known ones misspelt. */
  void noteUnknown() {
    Set<String> exact =
        known.stream().flatMap(RequestField::allNames).collect(Collectors.toUnmodifiableSet());
    List<String> meant =
        known.stream().filter(context.rules()::has).flatMap(RequestField::allNames).toList();
    object
        .fieldNames()
        .forEachRemaining(name -> {
          if (!exact.contains(name) && !object.path(name).isNull()) {
            findings.unknownField(prefix + Redacted.name(name), NearNames.of(name, meant));
          }
        });
  }
}
