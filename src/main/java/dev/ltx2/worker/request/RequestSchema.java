package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import dev.ltx2.worker.request.output.OutputParser;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A job's {@code input} as JSON Schema (2020-12), from the table that the parser reads by. What no
 * schema can say is refused by the parser alone: an alias that contradicts its field, a field that
 * is near a known one, text that is half of a surrogate pair, and what is behind a URL.
 */
public final class RequestSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** As {@link AcceptedSources#REMOTE} has it, with the case of schemes left open. */
  private static final String SOURCE =
      "^([Hh][Tt][Tt][Pp][Ss]?://[^/\\\\\\\\?#]|[Dd][Aa][Tt][Aa]:[^,]{0,200},[\\s\\S])";

  private final RequestRules rules;

  private RequestSchema(RequestRules rules) {
    this.rules = rules;
  }

  /** The schema of what a model set accepts. */
  public static ObjectNode of(RequestRules rules) {
    return new RequestSchema(rules).schema();
  }

  private ObjectNode schema() {
    ObjectNode schema = JSON.objectNode();
    schema
        .put("$schema", "https://json-schema.org/draft/2020-12/schema")
        .put("title", "A job's input, for the model set " + rules.set())
        .put("type", "object");
    schema.set("properties", properties(RequestField.REQUEST));
    ArrayNode modes = schema.putArray("anyOf");
    Arrays.stream(Mode.values())
        .filter(rules.modes()::contains)
        .forEach(mode -> modes.add(ofMode(mode)));
    schema.set("if", strict());
    schema.set("then", onlyKnown());
    return schema;
  }

  private static ObjectNode strict() {
    ObjectNode condition = JSON.objectNode();
    condition.putObject("properties").putObject("strict").put("const", true);
    condition.putArray("required").add("strict");
    return condition;
  }

  /** What is not given may be null, whatever its name. */
  private ObjectNode onlyKnown() {
    ObjectNode then = closed(RequestField.REQUEST);
    ObjectNode keyframes = JSON.objectNode();
    keyframes.set("items", closed(RequestField.KEYFRAME));
    then.withObject("/properties").set("keyframes", keyframes);
    return then;
  }

  private ObjectNode closed(Set<RequestField> fields) {
    ObjectNode object = JSON.objectNode();
    ObjectNode names = object.putObject("properties");
    fields.stream()
        .filter(rules::has)
        .flatMap(RequestField::allNames)
        .forEach(name -> names.put(name, true));
    object.putObject("additionalProperties").put("type", "null");
    return object;
  }

  private static ObjectNode ofMode(Mode mode) {
    ObjectNode shape = JSON.objectNode().put("title", "Mode " + mode.label());
    ArrayNode required = shape.putArray("required");
    ObjectNode properties = shape.putObject("properties");
    give(mode.multiframe() ? RequestField.KEYFRAMES : RequestField.IMAGE_URL, required, properties);
    give(mode.lipSync() ? RequestField.AUDIO_URL : RequestField.DURATION, required, properties);
    if (!mode.multiframe()) {
      properties.putObject(RequestField.KEYFRAMES.label()).put("type", "null");
    }
    if (!mode.lipSync()) {
      properties.putObject(RequestField.AUDIO_URL.label()).put("type", "null");
    }
    return shape;
  }

  private static void give(RequestField field, ArrayNode required, ObjectNode properties) {
    required.add(field.label());
    properties.putObject(field.label()).putObject("not").put("type", "null");
  }

  private ObjectNode properties(Set<RequestField> fields) {
    ObjectNode properties = JSON.objectNode();
    for (RequestField field : fields) {
      if (rules.has(field)) {
        field.allNames().forEach(name -> properties.set(name, property(field, name)));
      }
    }
    return properties;
  }

  private ObjectNode property(RequestField field, String name) {
    ObjectNode property = JSON.objectNode();
    property.put(
        "description",
        name.equals(field.label()) ? field.meaning() : "Another name for " + field.label());
    describe(field, property);
    standard(field).ifPresent(value -> property.set("default", value));
    return property;
  }

  private void describe(RequestField field, ObjectNode property) {
    switch (field.type()) {
      case SOURCE -> orNull(property, "string").put("pattern", SOURCE);
      case TEXT -> orNull(property, "string").put("maxLength", Fields.LONGEST_PROMPT);
      case BOOLEAN -> orNull(property, "boolean");
      case INTEGER -> ranged(field, orNull(property, "integer"));
      case NUMBER -> ranged(field, orNull(property, "number"));
      case CHOICE -> property.set("enum", choices(field));
      case KEYFRAMES -> keyframes(orNull(property, "array"));
      case POSITION -> position(property);
      case ADDRESS -> orNull(property, "string").put("pattern", whole(OutputParser.ADDRESS));
      case HEADERS -> headers(orNull(property, "object"));
      case S3_CONFIG -> s3Config(orNull(property, "object"));
    }
  }

  private static ObjectNode orNull(ObjectNode property, String type) {
    property.putArray("type").add(type).add("null");
    return property;
  }

  private void ranged(RequestField field, ObjectNode property) {
    Range range = rules.range(field);
    property.put("minimum", field == RequestField.SEED ? BigDecimal.valueOf(-1) : range.min());
    property.put("maximum", range.max());
  }

  private ArrayNode choices(RequestField field) {
    ArrayNode values = JSON.arrayNode();
    words(field).forEach(values::add);
    if (field == RequestField.AUTO_BUFFER_GUIDE) {
      values.add(true).add(false);
    }
    return values.addNull();
  }

  private List<String> words(RequestField field) {
    return switch (field) {
      case QUALITY_PRESET -> rules.presets().stream().map(Preset::label).toList();
      case SCHEDULE -> rules.schedules();
      case FIT -> RequestParser.FITS;
      default -> BufferGuide.LABELS;
    };
  }

  private void keyframes(ObjectNode property) {
    property.put("minItems", 1).put("maxItems", KeyframeParser.MOST);
    ObjectNode items = property.putObject("items").put("type", "object");
    items.putArray("required").add(RequestField.IMAGE_URL.label());
    ObjectNode fields = properties(RequestField.KEYFRAME);
    fields.withObject("/image_url").put("type", "string");
    items.set("properties", fields);
  }

  private static String whole(String pattern) {
    return "^(" + pattern + ")$";
  }

  /** Names count without regard to case, which a pattern has to spell out. */
  private static void headers(ObjectNode property) {
    StringBuilder names = new StringBuilder();
    boolean inClass = false;
    for (char c : OutputParser.HEADER_NAMES.toCharArray()) {
      inClass = c == '[' || (inClass && c != ']');
      names.append(
          inClass || !Character.isLetter(c)
              ? String.valueOf(c)
              : "[" + c + Character.toUpperCase(c) + "]");
    }
    property
        .putObject("propertyNames")
        .put("pattern", whole(names.toString().replace("[a-z0-9-]", "[A-Za-z0-9-]")));
    property
        .putObject("additionalProperties")
        .put("type", "string")
        .put("pattern", whole(OutputParser.HEADER_VALUE));
  }

  private static void s3Config(ObjectNode property) {
    ArrayNode required = property.putArray("required");
    ObjectNode properties = property.putObject("properties");
    OutputParser.S3_CONFIG.forEach((name, pattern) -> {
      required.add(name);
      properties.putObject(name).put("type", "string").put("pattern", whole(pattern));
    });
  }

  private static void position(ObjectNode property) {
    ArrayNode either = property.putArray("anyOf");
    either.addObject().putArray("enum").add("first").add("last").addNull();
    either.addObject().put("type", "number").put("minimum", 0).put("maximum", 1);
  }

  /** What counts where the field is not given; of the default preset where that decides. */
  private Optional<ValueNode> standard(RequestField field) {
    Preset preset = rules.presetNamed(rules.preset()).orElseThrow();
    return switch (field) {
      case QUALITY_PRESET -> Optional.of(JSON.textNode(preset.label()));
      case STEPS -> Optional.of(JSON.numberNode(preset.steps()));
      case LORA_CAMERA -> Optional.of(JSON.numberNode(preset.loras().camera()));
      case LORA_DISTILLED -> Optional.of(JSON.numberNode(preset.loras().distilled()));
      case LORA_DETAILER -> Optional.of(JSON.numberNode(preset.loras().detailer()));
      case LORA_I2V -> Optional.of(JSON.numberNode(preset.loras().i2v()));
      case SCHEDULE -> Optional.of(JSON.textNode(rules.schedule()));
      case FIT -> Optional.of(JSON.textNode(Fit.PAD.label()));
      case AUTO_BUFFER_GUIDE -> Optional.of(JSON.booleanNode(true));
      case TRIM_TO_AUDIO, STRICT -> Optional.of(JSON.booleanNode(false));
      default ->
          RequestRules.NUMBERS.contains(field.label())
              ? Optional.of(JSON.numberNode(rules.standard(field)))
              : Optional.empty();
    };
  }
}
