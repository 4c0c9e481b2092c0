package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a link brings, and whether an input takes it. */
final class LinkTypes {
  private LinkTypes() {}

  /** What the linked output gives; an unknown node or index raises, as a Python list does. */
  static JsonNode received(InstalledNodes types, ObjectNode prompt, ArrayNode link) {
    JsonNode node = prompt.get(PythonSemantics.str(link.get(0)));
    if (node == null || !link.get(0).isTextual()) {
      throw new PythonSemantics.Raised("KeyError", PythonSemantics.repr(link.get(0)));
    }
    InstalledNodes.NodeType type = types.get(node.path("class_type").asText());
    String container = type.isNewStyle() ? "list" : "tuple";
    if (!link.get(1).isIntegralNumber()) {
      throw new PythonSemantics.Raised(
          "TypeError",
          container
              + " indices must be integers or slices, not "
              + PythonSemantics.typeName(link.get(1)));
    }
    int index = link.get(1).intValue();
    JsonNode output = type.outputs().get(index < 0 ? index + type.outputs().size() : index);
    if (output == null) {
      throw new PythonSemantics.Raised("IndexError", container + " index out of range");
    }
    return output;
  }

  /** Whether one of the offered types is among the wanted ones; {@code *} is all of them. */
  static boolean fits(String received, JsonNode wanted) {
    if (!wanted.isTextual()) {
      return received.equals("*");
    }
    List<String> offers = List.of(received.split("\\s*,\\s*"));
    List<String> wants = List.of(wanted.asText().split("\\s*,\\s*"));
    return offers.contains("*") || wants.contains("*") || offers.stream().anyMatch(wants::contains);
  }
}
