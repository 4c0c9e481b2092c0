package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One input of a node type.
 *
 * @param spec its type and, in most cases, what else is said of it
 */
public record NodeInput(JsonNode spec, boolean required) {
  /** Such as MODEL, FLOAT or "FLOAT,INT"; COMBO also where an old node lists the choices. */
  public String type() {
    return declaredType().isArray() ? NodeType.COMBO : declaredType().asText();
  }

  /** The type as ComfyUI sends it: its name, or an old node's list of choices. */
  public JsonNode declaredType() {
    return spec.path(0);
  }

  /** Whether its value is one of {@link #choices}. */
  public boolean isChoice() {
    return type().equals(NodeType.COMBO);
  }

  /** An array; missing where any value goes. */
  public JsonNode choices() {
    JsonNode choices = declaredType().isArray() ? declaredType() : settings().path("options");
    return choices.isArray() ? choices : MissingNode.getInstance();
  }

  /** Minimum, maximum and the like; may be missing. */
  public JsonNode settings() {
    return spec.path(1);
  }

  /** Whether its choices bring inputs of their own. */
  public boolean isDynamicCombo() {
    return type().equals(NodeType.DYNAMIC_COMBO);
  }

  /** Whether an output of this type, or of one of these, may be linked to it. */
  public boolean takes(String output) {
    List<String> given = split(output);
    List<String> taken = types();
    return given.contains("*") || taken.contains("*") || given.stream().anyMatch(taken::contains);
  }

  List<String> types() {
    return split(type());
  }

  private static List<String> split(String types) {
    return List.of(types.strip().split("\\s*,\\s*"));
  }

  /** Inputs whose form only the node itself knows. */
  boolean free() {
    return type().startsWith("COMFY_") && !isDynamicCombo();
  }

  /** Files of ComfyUI's input folder: a job's come later than any check. */
  boolean upload() {
    return settings().properties().stream()
        .anyMatch(e -> e.getKey().endsWith("_upload") && e.getValue().asBoolean());
  }

  /**
   * The inputs of a COMFY_AUTOGROW_V3, such as {@code values.a}: as many as its template has names
   * for, of which the first few are required. It is none itself. Empty for other inputs, and for a
   * template of another kind.
   */
  Map<String, NodeInput> grown(String name) {
    Map<String, NodeInput> grown = new LinkedHashMap<>();
    if (!type().equals(NodeType.AUTOGROW)) {
      return grown;
    }
    JsonNode template = settings().path("template");
    JsonNode names = template.path("names");
    int count = names.isArray() ? names.size() : template.path("max").asInt();
    for (String section : List.of("optional", "required")) {
      for (JsonNode spec : template.path("input").path(section)) {
        for (int i = 0; i < count; i++) {
          String last = names.path(i).asText(template.path("prefix").asText() + i);
          boolean needed = section.equals("required") && i < template.path("min").asInt();
          grown.put(name + "." + last, new NodeInput(spec, needed));
        }
      }
    }
    return grown;
  }

  /** The inputs that this value of a dynamic combo brings: sections as in the node's own. */
  List<JsonNode> opened(JsonNode value) {
    return isDynamicCombo()
        ? choices()
            .valueStream()
            .filter(option -> option.path("key").equals(value))
            .map(option -> option.path("inputs"))
            .toList()
        : List.of();
  }
}
