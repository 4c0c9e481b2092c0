package dev.ltx2.worker.rehearsal;

import static dev.ltx2.worker.rehearsal.PromptValidator.error;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.rehearsal.PythonSemantics.PythonException;
import dev.ltx2.worker.workflow.NodeInput;
import java.util.List;
import java.util.Map;

/** Checks a node's constants: conversion, range, choice, and the loaders' own check for a file. */
final class InputCheck {
  /** ComfyUI lists longer than this are not sent back. */
  private static final int LONGEST_LIST = 20;

  /** Loaders that check their file themselves; its list of choices is not looked at then. */
  private static final Map<String, String> FILE_INPUTS =
      Map.of("LoadImage", "image", "LoadAudio", "audio");

  private final ComfyUiFolders folders;

  InputCheck(ComfyUiFolders folders) {
    this.folders = folders;
  }

  static ObjectNode missing(String name, boolean newStyle) {
    String details = newStyle ? name.substring(name.lastIndexOf('.') + 1) : name;
    return error(
        "required_input_missing",
        "Required input is missing",
        details,
        JsonNodeFactory.instance.objectNode().put("input_name", name));
  }

  static ObjectNode badLink(String name, NodeInput input, ArrayNode link) {
    return error(
        "bad_linked_input",
        "Bad linked input, must be a length-2 list of [node_id, slot_index]",
        name,
        extra(name, config(input), link));
  }

  static ObjectNode typeMismatch(String name, NodeInput input, ArrayNode link, JsonNode received) {
    ObjectNode extra = extra(name, input);
    extra.set("received_type", received);
    extra.set("linked_node", link);
    String details =
        "%s, received_type(%s) mismatch input_type(%s)"
            .formatted(name, received.asText(), PythonSemantics.str(input.declaredType()));
    return error(
        "return_type_mismatch", "Return type mismatch between linked nodes", details, extra);
  }

  private static ArrayNode config(NodeInput input) {
    JsonNode settings = input.settings();
    return JsonNodeFactory.instance
        .arrayNode()
        .add(input.declaredType())
        .add(settings.isMissingNode() ? JsonNodeFactory.instance.objectNode() : settings);
  }

  /** Converts the value in place, as Python would, and checks it. */
  void value(
      String type, ObjectNode inputs, String name, NodeInput input, List<ObjectNode> errors) {
    JsonNode given = inputs.get(name);
    JsonNode value = given.isObject() && given.has("__value__") ? given.get("__value__") : given;
    try {
      value =
          switch (input.type()) {
            case "INT" -> PythonSemantics.toInt(value);
            case "FLOAT" -> PythonSemantics.toFloat(value);
            case "STRING" -> PythonSemantics.toStr(value);
            case "BOOLEAN" -> PythonSemantics.toBool(value);
            default -> value;
          };
      inputs.set(name, value);
    } catch (PythonException e) {
      ObjectNode extra = extra(name, config(input), value);
      extra.put("exception_message", e.getMessage());
      errors.add(
          error(
              "invalid_input_type",
              "Failed to convert an input value to a " + input.type() + " value",
              name + ", " + PythonSemantics.str(value) + ", " + e.getMessage(),
              extra));
      return;
    }
    if (!name.equals(FILE_INPUTS.get(type))) {
      range(name, input, value, errors);
    }
  }

  private static void range(String name, NodeInput input, JsonNode value, List<ObjectNode> errors) {
    JsonNode min = input.settings().get("min");
    JsonNode max = input.settings().get("max");
    if (min != null && PythonSemantics.compare(value, min, "<") < 0) {
      String beyond = beyond(value, "smaller than min", min);
      errors.add(error("value_smaller_than_min", beyond, name, extra(name, config(input), value)));
    } else if (max != null && PythonSemantics.compare(value, max, ">") > 0) {
      String beyond = beyond(value, "bigger than max", max);
      errors.add(error("value_bigger_than_max", beyond, name, extra(name, config(input), value)));
    } else if (input.isChoice()) {
      choice(name, input, value, errors);
    }
  }

  private static String beyond(JsonNode value, String what, JsonNode limit) {
    return "Value " + PythonSemantics.str(value) + " " + what + " of " + PythonSemantics.str(limit);
  }

  private static void choice(
      String name, NodeInput input, JsonNode value, List<ObjectNode> errors) {
    JsonNode choices = input.choices();
    for (JsonNode choice : choices) {
      if (choice.equals(value)) {
        return;
      }
    }
    boolean isLong = choices.size() > LONGEST_LIST;
    String list =
        isLong ? "(list of length " + choices.size() + ")" : PythonSemantics.repr(choices);
    errors.add(
        error(
            "value_not_in_list",
            "Value not in list",
            name + ": " + PythonSemantics.repr(value) + " not in " + list,
            extra(name, isLong ? JsonNodeFactory.instance.nullNode() : config(input), value)));
  }

  /** The loaders' own check, which also runs when the input is missing or a link. */
  void custom(String type, ObjectNode inputs, List<ObjectNode> errors) {
    String name = FILE_INPUTS.get(type);
    if (name == null) {
      return;
    }
    JsonNode value = inputs.get(name);
    if (value == null) {
      String check = type.equals("LoadImage") ? ".VALIDATE_INPUTS" : ".validate_inputs";
      throw new PythonException(
          "TypeError", type + check + "() missing 1 required positional argument: '" + name + "'");
    }
    if (!value.isTextual()) {
      // A link has no value yet when the loader looks at it.
      String kind = value.isArray() ? "NoneType" : PythonSemantics.typeName(value);
      throw new PythonException(
          "AttributeError", "'" + kind + "' object has no attribute 'endswith'");
    }
    if (folders.annotated(value.textValue()).isEmpty()) {
      String kind = type.equals("LoadImage") ? "image" : "audio";
      errors.add(
          error(
              "custom_validation_failed",
              "Custom validation failed for node",
              name + " - Invalid " + kind + " file: " + value.textValue(),
              JsonNodeFactory.instance.objectNode().put("input_name", name)));
    }
  }

  /** What errors say of the input itself. */
  static ObjectNode extra(String name, NodeInput input) {
    return extra(name, config(input));
  }

  private static ObjectNode extra(String name, JsonNode config) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode().put("input_name", name);
    extra.set("input_config", config);
    return extra;
  }

  private static ObjectNode extra(String name, JsonNode config, JsonNode value) {
    ObjectNode extra = extra(name, config);
    extra.set("received_value", value);
    return extra;
  }
}
