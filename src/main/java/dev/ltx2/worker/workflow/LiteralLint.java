package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
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
  static Optional<String> check(NodeInput input, JsonNode value) {
    // ComfyUI's wrapping of a list that is no link
    JsonNode plain = value.has("__value__") ? value.path("__value__") : value;
    if (input.free()) {
      return Optional.empty();
    }
    if (input.upload()) {
      return plain.isTextual() ? Optional.empty() : Optional.of("takes a file's name");
    }
    if (input.isDynamicCombo() || input.isChoice()) {
      return choice(input, plain);
    }
    List<String> types = input.types();
    if (types.stream().noneMatch(VALUES::contains)) {
      return Optional.of("takes a link of type " + input.type() + ", not a value");
    }
    if (types.stream().noneMatch(type -> accepts(type, plain))) {
      return Optional.of("takes " + input.type() + ", not " + described(plain));
    }
    return range(input, plain);
  }

  /** Whether a binding's values are of the input's type; nothing to say of names that are none. */
  static Optional<String> checkBound(NodeInput input, String binding) {
    return Binding.named(binding)
        .filter(
            value -> input.types().stream().noneMatch(type -> accepts(type, value.type(), input)))
        .map(value ->
            "takes %s, but is bound to '%s', which is %s"
                .formatted(input.type(), value.label(), value.type()));
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

  private static boolean accepts(String type, Binding.Type bound, NodeInput input) {
    return switch (type) {
      case "INT" -> bound == Binding.Type.INT;
      case "FLOAT" -> bound != Binding.Type.STRING;
      case "STRING" -> bound == Binding.Type.STRING;
      case "COMBO" -> input.upload() && bound == Binding.Type.STRING;
      case "*" -> true;
      default -> input.free();
    };
  }

  private static Optional<String> range(NodeInput input, JsonNode value) {
    JsonNode min = input.settings().path("min");
    JsonNode max = input.settings().path("max");
    if (comparable(value, min) && value.decimalValue().compareTo(min.decimalValue()) < 0) {
      return Optional.of("%s is below the minimum of %s".formatted(value, min));
    }
    if (comparable(value, max) && value.decimalValue().compareTo(max.decimalValue()) > 0) {
      return Optional.of("%s is above the maximum of %s".formatted(value, max));
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

  private static Optional<String> choice(NodeInput input, JsonNode value) {
    if (!input.choices().isArray()) {
      return Optional.empty();
    }
    List<JsonNode> known =
        input.choices().valueStream().map(c -> input.isDynamicCombo() ? c.path("key") : c).toList();
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
