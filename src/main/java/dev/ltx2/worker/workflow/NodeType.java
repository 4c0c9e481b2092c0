package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One entry of {@code object_info}. */
public record NodeType(JsonNode json) {
  static final String COMBO = "COMBO";
  static final String DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3";
  static final String AUTOGROW = "COMFY_AUTOGROW_V3";

  /** Whether ComfyUI runs a graph for the sake of this node. */
  public boolean isOutput() {
    return json.path("output_node").asBoolean();
  }

  /** Whether it is written against ComfyUI's newer node interface, whose error texts differ. */
  public boolean isNewStyle() {
    return json.has("price_badge");
  }

  int outputs() {
    return json.path("output").size();
  }

  String output(int index) {
    JsonNode type = json.path("output").path(index);
    return type.isArray() ? COMBO : type.asText();
  }

  /**
   * Its inputs by name, required ones first, as far as the given values open them: a dynamic
   * combo's choice brings inputs of its own, named {@code codec.encoding}, which stand before it.
   */
  public Map<String, NodeInput> inputs(ObjectNode values) {
    Map<String, NodeInput> inputs = new LinkedHashMap<>();
    collect("", json.path("input"), values, inputs);
    return inputs;
  }

  private static void collect(
      String prefix, JsonNode sections, ObjectNode values, Map<String, NodeInput> inputs) {
    for (String section : List.of("required", "optional")) {
      for (Map.Entry<String, JsonNode> entry : sections.path(section).properties()) {
        String name = prefix + entry.getKey();
        NodeInput input = new NodeInput(entry.getValue(), section.equals("required"));
        for (JsonNode opened : input.opened(values.path(name))) {
          collect(name + ".", opened, values, inputs);
        }
        Map<String, NodeInput> grown = input.grown(name);
        inputs.putAll(grown.isEmpty() ? Map.of(name, input) : grown);
      }
    }
  }
}
