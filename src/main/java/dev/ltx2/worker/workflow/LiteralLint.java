package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.workflow.NodeType.Input;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Checks a value that stands in the graph against its input. Never repeats a free text. */
final class LiteralLint {
  private static final Pattern MODEL =
      Pattern.compile("(?i).+\\.(safetensors|sft|ckpt|pt|pth|bin|gguf)");
  private static final List<String> VALUES = List.of("INT", "FLOAT", "STRING", "BOOLEAN", "*");
  private static final int SHOWN = 20;

  private LiteralLint() {}

  /** What is wrong with it, if anything. */
  static Optional<String> check(Input input, JsonNode value) {
    // ComfyUI's wrapping of a list that is no link
    JsonNode plain = value.has("__value__") ? value.path("__value__") : value;
    if (input.free()) {
      return Optional.empty();
    }
    if (input.upload()) {
      return plain.isTextual() ? Optional.empty() : Optional.of("takes a file's name");
    }
    if (input.dynamicCombo() || input.type().equals("COMBO")) {
      return choice(input, plain);
    }
    List<String> types = types(input);
    if (types.stream().noneMatch(VALUES::contains)) {
      return Optional.of("takes a link of type " + input.type() + ", not a value");
    }
    if (types.stream().noneMatch(type -> accepts(type, plain))) {
      return Optional.of("takes " + input.type() + ", not " + described(plain));
    }
    return range(input, plain);
  }

  /** Whether a binding's values are of the input's type; nothing to say of names that are none. */
  static Optional<String> checkBound(Input input, String binding) {
    return Binding.named(binding)
        .filter(
            value -> types(input).stream().noneMatch(type -> accepts(type, value.kind(), input)))
        .map(value ->
            "takes %s, but is bound to '%s', which is %s"
                .formatted(input.type(), value.label(), value.kind()));
  }

  private static List<String> types(Input input) {
    return Arrays.stream(input.type().split(",")).map(String::strip).toList();
  }

  private static boolean accepts(String type, JsonNode value) {
    return switch (type) {
      case "INT" -> value.isIntegralNumber();
      case "FLOAT" -> value.isNumber();
      case "STRING" -> value.isTextual();
      case "BOOLEAN" -> value.isBoolean();
      case "*" -> true;
      default -> false;
    };
  }

  private static boolean accepts(String type, Binding.Kind kind, Input input) {
    return switch (type) {
      case "INT" -> kind == Binding.Kind.INT;
      case "FLOAT" -> kind != Binding.Kind.STRING;
      case "STRING" -> kind == Binding.Kind.STRING;
      case "COMBO" -> input.upload() && kind == Binding.Kind.STRING;
      case "*" -> true;
      default -> input.free();
    };
  }

  private static Optional<String> range(Input input, JsonNode value) {
    JsonNode min = input.settings().path("min");
    JsonNode max = input.settings().path("max");
    if (comparable(value, min) && value.decimalValue().compareTo(min.decimalValue()) < 0) {
      return Optional.of("%s is below the least of %s".formatted(value, min));
    }
    if (comparable(value, max) && value.decimalValue().compareTo(max.decimalValue()) > 0) {
      return Optional.of("%s is above the most of %s".formatted(value, max));
    }
    return Optional.empty();
  }

  /** Python writes a range without end as Infinity, which is no decimal. */
  private static boolean comparable(JsonNode value, JsonNode bound) {
    return value.isNumber()
        && bound.isNumber()
        && Double.isFinite(value.doubleValue())
        && Double.isFinite(bound.doubleValue());
  }

  private static Optional<String> choice(Input input, JsonNode value) {
    if (!input.choices().isArray()) {
      return Optional.empty();
    }
    List<JsonNode> known =
        input.choices().valueStream().map(c -> input.dynamicCombo() ? c.path("key") : c).toList();
    List<JsonNode> chosen = value.isArray() ? value.valueStream().toList() : List.of(value);
    return chosen.stream()
        .filter(one -> !known.contains(one))
        .findFirst()
        .map(one -> missing(one) + " (known: " + list(known) + ")");
  }

  private static String missing(JsonNode value) {
    return value.isTextual() && MODEL.matcher(value.textValue()).matches()
        ? "model '" + value.textValue() + "' is missing"
        : "'" + value.asText() + "' is not a choice";
  }

  private static String list(List<JsonNode> known) {
    String shown =
        known.stream().limit(SHOWN).map(JsonNode::asText).collect(Collectors.joining(", "));
    if (known.isEmpty()) {
      return "none";
    }
    return known.size() > SHOWN ? shown + " and " + (known.size() - SHOWN) + " more" : shown;
  }

  private static String described(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "a text";
      case NULL -> "null";
      case OBJECT -> "an object";
      default -> value.toString();
    };
  }
}
