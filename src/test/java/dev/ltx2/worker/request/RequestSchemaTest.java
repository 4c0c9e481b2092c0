package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the schema allows is accepted and what it forbids refused; another library reads it. */
class RequestSchemaTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String URL = "https://e.org/a.png";

  /** One of today's sets, and one that has less and delivers exactly. */
  static final List<RequestRules> SETS = List.of(RequestRules.API, small());

  private static RequestRules small() {
    Map<String, Range> numbers = new HashMap<>(RequestRules.API.numbers());
    numbers.keySet().removeAll(Set.of("lora_camera", "lora_detailer", "img_compression"));
    numbers.put("lora_i2v", Range.of(0, 1.5));
    numbers.put("width", Range.of(128, 1920, 1280));
    return new RequestRules(
        "small",
        Set.of(Mode.AUDIO_GEN, Mode.MULTIFRAME_AUDIO_GEN),
        List.of(new Preset("high", 8, new Loras(0, 0.5, 0, 1))),
        "high",
        numbers,
        Set.of("lora_camera", "lora_detailer", "img_compression", "prompt_negative"),
        new RequestRules.Sizes(64, true),
        List.of("distilled", "simple"),
        "distilled");
  }

  @ParameterizedTest
  @FieldSource("SETS")
  void theSchemaIsOneItself(RequestRules rules) {
    JsonSchema meta =
        JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(SchemaLocation.of(SchemaId.V202012));

    assertThat(meta.validate(RequestSchema.of(rules))).isEmpty();
  }

  /**
   * What clients have of it, meanings and patterns too. {@code mvn test -Dtest=RequestSchemaTest
   * -Dgolden.rewrite=true} writes it anew, to be read with {@code git diff}.
   */
  @Test
  void theSchemaIsThatOfLastTime() throws IOException {
    Path golden = Path.of("test-fixtures/request-schema.json");
    String text = RequestSchema.of(RequestRules.API).toPrettyString() + "\n";
    if (Boolean.getBoolean("golden.rewrite")) {
      Files.writeString(golden, text);
    }
    assertThat(golden).content().isEqualTo(text);
  }

  /** Values from the schema's own limits and around them, in random company. */
  @ParameterizedTest
  @FieldSource("SETS")
  void parserAndSchemaAgree(RequestRules rules) {
    ObjectNode description = RequestSchema.of(rules);
    JsonSchema schema = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(description);
    Random random = new Random(16);
    int accepted = 0;
    for (int i = 0; i < 5_000; i++) {
      ObjectNode input = input(description, random);
      boolean allowed = schema.validate(input).isEmpty();
      Optional<String> fault = fault(input, rules);
      assertThat(fault.isEmpty())
          .as("%s: %s, schema: %s", input, fault, schema.validate(input))
          .isEqualTo(allowed);
      accepted += allowed ? 1 : 0;
    }
    assertThat(accepted).isBetween(500, 4_500);
  }

  /** Each field once at each end of its range, just beyond it, of another type, and null. */
  @ParameterizedTest
  @FieldSource("SETS")
  void everyLimitOfTheSchemaIsTheParsers(RequestRules rules) {
    ObjectNode description = RequestSchema.of(rules);
    JsonSchema schema = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(description);
    int cases = 0;
    for (Map.Entry<String, JsonNode> field : description.get("properties").properties()) {
      for (JsonNode value : values(field.getValue())) {
        ObjectNode input = JSON.objectNode().put("image_url", URL).put("duration", 5);
        input.set(field.getKey(), value);
        assertThat(fault(input, rules).isEmpty())
            .as("%s: %s", input, fault(input, rules))
            .isEqualTo(schema.validate(input).isEmpty());
        cases++;
      }
    }
    assertThat(cases).isGreaterThan(200);
  }

  @Test
  void defaultsAreTheParsers() throws Exception {
    JsonNode fields = RequestSchema.of(RequestRules.API).get("properties");
    ObjectNode input = JSON.objectNode().put("image_url", URL).put("duration", 5);
    GenerationRequest bare = GenerationRequest.parse(input);
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      JsonNode standard = field.getValue().get("default");
      if (standard != null
          && RequestField.valueOf(field.getKey().toUpperCase(Locale.ROOT))
              .modes()
              .contains(Mode.AUDIO_GEN)) {
        assertThat(GenerationRequest.parse(input.deepCopy().set(field.getKey(), standard)))
            .as(field.getKey())
            .usingRecursiveComparison()
            .ignoringFields("given")
            .isEqualTo(bare);
      }
    }
    assertThat(fields.at("/width/default")).isEqualTo(JSON.numberNode(BigDecimal.valueOf(1280)));
    assertThat(fields.at("/quality_preset/default").textValue()).isEqualTo("high");
  }

  private static Optional<String> fault(ObjectNode input, RequestRules rules) {
    try {
      GenerationRequest.parse(input, AcceptedSources.REMOTE, rules);
      return Optional.empty();
    } catch (InvalidRequestException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static ObjectNode input(ObjectNode description, Random random) {
    ObjectNode input = JSON.objectNode();
    List<Map.Entry<String, JsonNode>> fields =
        new ArrayList<>(description.get("properties").properties());
    Collections.shuffle(fields, random);
    for (Map.Entry<String, JsonNode> field : fields.subList(0, random.nextInt(6))) {
      List<JsonNode> values = values(field.getValue());
      input.set(field.getKey(), values.get(random.nextInt(values.size())));
    }
    if (random.nextInt(3) > 0) {
      input.put("image_url", URL);
    }
    // What duration says beside the audio is not looked at; the schema does.
    if (random.nextInt(3) > 0 || input.hasNonNull("audio_url")) {
      input.put("duration", 1 + random.nextInt(30));
    }
    // A name for a field and an alias that says something else: no schema can say it.
    Set.of("prompt", "negative_prompt").forEach(input::remove);
    if (random.nextInt(4) == 0) {
      input.put("webhook", "https://e.org");
    }
    return input;
  }

  /** Good and bad values for a property. */
  private static List<JsonNode> values(JsonNode property) {
    List<JsonNode> values = new ArrayList<>();
    values.add(JSON.nullNode());
    values.add(JSON.booleanNode(true));
    values.add(JSON.booleanNode(false));
    values.add(JSON.textNode(""));
    values.add(JSON.textNode(URL));
    values.add(JSON.textNode("data:,x"));
    values.add(JSON.textNode("ftp://e.org"));
    values.add(JSON.numberNode(0.5));
    values.add(JSON.numberNode(24.0));
    values.add(JSON.objectNode());
    values.add(JSON.arrayNode());
    property.path("enum").forEach(values::add);
    for (String end : List.of("minimum", "maximum")) {
      if (property.has(end)) {
        BigDecimal limit = property.get(end).decimalValue();
        for (String more : List.of("0", "1", "-1", "0.001", "-0.001")) {
          values.add(JSON.numberNode(limit.add(new BigDecimal(more))));
        }
      }
    }
    if (property.has("maxLength")) {
      values.add(JSON.textNode("x".repeat(property.get("maxLength").intValue())));
      values.add(JSON.textNode("x".repeat(property.get("maxLength").intValue() + 1)));
    }
    if (property.has("items")) {
      keyframes(property.at("/items/properties"), values);
    }
    return values;
  }

  private static void keyframes(JsonNode fields, List<JsonNode> values) {
    for (int count : new int[] {1, 2, 9, 10}) {
      var array = JSON.arrayNode();
      for (int i = 0; i < count; i++) {
        array.addObject().put("image_url", URL);
      }
      values.add(array);
    }
    values.add(JSON.arrayNode().add(URL));
    values.add(JSON.arrayNode().addNull());
    values.add(JSON.arrayNode().add(JSON.objectNode().put("image_url", URL).put("odd", 1)));
    for (Iterator<String> names = fields.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      JsonNode either = fields.get(name).path("anyOf");
      List<JsonNode> shapes =
          either.isMissingNode()
              ? List.of(fields.get(name))
              : StreamSupport.stream(either.spliterator(), false).toList();
      for (JsonNode shape : shapes) {
        for (JsonNode value : values(shape)) {
          ObjectNode keyframe = JSON.objectNode().put("image_url", URL);
          keyframe.set(name, value);
          values.add(JSON.arrayNode().add(keyframe));
        }
      }
    }
  }
}
