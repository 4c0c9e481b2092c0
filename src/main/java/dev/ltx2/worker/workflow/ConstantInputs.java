package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Numbers in a workflow that requests decide, and that would be the same for all of them: a size,
 * rate or length that one node binds and another one was left with from the editor.
 */
public final class ConstantInputs {
  private static final Map<String, List<String>> OF_REQUESTS =
      Map.of(
          "EmptyLTXVLatentVideo", List.of("width", "height", "length"),
          "LTXVConditioning", List.of("frame_rate"),
          "CreateVideo", List.of("fps"),
          "LTXVEmptyLatentAudio", List.of("frames_number"),
          "ImageCrop", List.of("width", "height"));

  private ConstantInputs() {}

  /** A sentence for each such input, in the graph's order; links are not followed. */
  public static List<String> warnings(Workflow workflow) {
    ObjectNode nodes = workflow.nodes();
    List<String> warnings = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : nodes.properties()) {
      JsonNode node = entry.getValue();
      String type = node.path("class_type").asText();
      for (String input : OF_REQUESTS.getOrDefault(type, List.of())) {
        JsonNode value = node.path("inputs").path(input);
        if (value.isNumber() && !node.path("_meta").path("bind").has(input)) {
          warnings.add(
              "node '%s' (%s), input '%s': is %s for every request: bind it"
                  .formatted(entry.getKey(), type, input, value.asText()));
        }
      }
    }
    return List.copyOf(warnings);
  }
}
