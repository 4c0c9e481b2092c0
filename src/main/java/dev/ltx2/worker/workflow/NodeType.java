package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/** One entry of {@code object_info}. */
record NodeType(JsonNode json) {
  private static final String DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3";

  /**
   * One input.
   *
   * @param type such as MODEL, FLOAT or "FLOAT,INT"; COMBO also where an old node lists the choices
   *     in the type's place
   * @param choices array, missing where any value goes
   * @param settings min, max and the like, may be missing
   */
  record Input(String type, boolean required, JsonNode choices, JsonNode settings) {
    static Input of(JsonNode spec, boolean required) {
      JsonNode type = spec.path(0);
      JsonNode settings = spec.path(1);
      if (type.isArray()) {
        return new Input("COMBO", required, type, settings);
      }
      JsonNode options = settings.path("options");
      return new Input(
          type.asText(),
          required,
          options.isArray() ? options : MissingNode.getInstance(),
          settings);
    }

    boolean dynamicCombo() {
      return type.equals(DYNAMIC_COMBO);
    }

    /** Inputs whose form only the node itself knows. */
    boolean free() {
      return type.startsWith("COMFY_") && !dynamicCombo();
    }

    /** Files of ComfyUI's input folder: a job's come later than any check. */
    boolean upload() {
      return StreamSupport.stream(settings.properties().spliterator(), false)
          .anyMatch(e -> e.getKey().endsWith("_upload") && e.getValue().asBoolean());
    }
  }

  boolean isOutput() {
    return json.path("output_node").asBoolean();
  }

  int outputs() {
    return json.path("output").size();
  }

  String output(int index) {
    JsonNode type = json.path("output").path(index);
    return type.isArray() ? "COMBO" : type.asText();
  }

  /**
   * Its inputs by name, required ones first, as far as the given values open them: a dynamic
   * combo's choice brings inputs of its own, named {@code codec.encoding}.
   */
  Map<String, Input> inputs(ObjectNode values) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    open("", json.path("input"), values, inputs);
    return inputs;
  }

  private static void open(
      String prefix, JsonNode sections, ObjectNode values, Map<String, Input> inputs) {
    for (String section : new String[] {"required", "optional"}) {
      sections
          .path(section)
          .properties()
          .forEach(entry -> {
            String name = prefix + entry.getKey();
            Input input = Input.of(entry.getValue(), section.equals("required"));
            inputs.put(name, input);
            if (input.dynamicCombo()) {
              input
                  .choices()
                  .valueStream()
                  .filter(option -> option.path("key").equals(values.path(name)))
                  .forEach(o -> open(name + ".", o.path("inputs"), values, inputs));
            }
          });
    }
  }
}
