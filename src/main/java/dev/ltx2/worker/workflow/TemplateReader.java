package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a template's nodes, each by itself; {@link TemplateCheck} looks at them together. */
final class TemplateReader {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final List<String> META =
      List.of("title", "bind", "for_each", "carry", "drop_if_zero", "manual_sigmas");

  private final String file;

  TemplateReader(String file) {
    this.file = file;
  }

  static ObjectNode graph(String file, String text) throws WorkflowException {
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " (line %d, column %d)"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new WorkflowException(file + ": not JSON: " + e.getOriginalMessage() + where);
    }
    if (!(json instanceof ObjectNode graph)) {
      throw new WorkflowException(file + ": not a JSON object of nodes");
    }
    if (graph.path("nodes").isArray()) {
      throw new WorkflowException(
          file + ": in ComfyUI's editor format; save it with \"Export (API)\"");
    }
    if (graph.isEmpty()) {
      throw new WorkflowException(file + ": has no nodes");
    }
    return graph;
  }

  Map<String, TemplateNode> nodes(ObjectNode graph) throws WorkflowException {
    Map<String, TemplateNode> nodes = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : graph.properties()) {
      nodes.put(entry.getKey(), node(entry.getKey(), entry.getValue()));
    }
    return nodes;
  }

  private TemplateNode node(String id, JsonNode json) throws WorkflowException {
    if (!json.path("class_type").isTextual()) {
      throw fault(id, "has no class_type");
    }
    if (!(json.path("inputs") instanceof ObjectNode inputs)) {
      throw fault(id, "has no inputs");
    }
    for (Map.Entry<String, JsonNode> input : inputs.properties()) {
      if (input.getValue().isArray() && Link.of(input.getValue()).isEmpty()) {
        throw fault(id, input.getKey(), "not a link: must be [\"node\", output index]");
      }
    }
    ObjectNode meta = object(json, id, "_meta");
    for (Map.Entry<String, JsonNode> entry : meta.properties()) {
      if (!META.contains(entry.getKey())) {
        throw fault(
            id, "unknown _meta '" + entry.getKey() + "' (known: " + String.join(", ", META) + ")");
      }
    }
    Loop loop = loop(id, meta);
    return new TemplateNode(
        id,
        json.path("class_type").textValue(),
        inputs,
        meta.path("title").textValue(),
        bind(id, meta, inputs, loop),
        loop,
        carry(id, meta, inputs, loop),
        dropIfZero(id, meta, inputs, loop),
        manualSigmas(id, meta, loop));
  }

  private int manualSigmas(String id, ObjectNode meta, Loop loop) throws WorkflowException {
    JsonNode stage = meta.path("manual_sigmas");
    if (stage.isMissingNode()) {
      return 0;
    }
    if (!stage.isInt() || stage.intValue() < 1 || loop != Loop.NONE) {
      throw fault(
          id, "manual_sigmas: must be a stage's number, 1 or 2, at a node without for_each");
    }
    return stage.intValue();
  }

  private Loop loop(String id, ObjectNode meta) throws WorkflowException {
    if (!meta.has("for_each")) {
      return Loop.NONE;
    }
    return Loop.named(meta.path("for_each").asText())
        .orElseThrow(
            () -> fault(id, "for_each " + meta.path("for_each") + ": must be keyframe or guide"));
  }

  private Map<String, Binding> bind(String id, ObjectNode meta, ObjectNode inputs, Loop loop)
      throws WorkflowException {
    Map<String, Binding> bind = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object(meta, id, "bind").properties()) {
      String input = entry.getKey();
      String name = entry.getValue().asText();
      Binding value =
          Binding.named(name)
              .orElseThrow(() ->
                  fault(
                      id,
                      input,
                      "bound to unknown value '%s' (known: %s)".formatted(name, Binding.labels())));
      present(id, inputs, input, "bind");
      if (!inputs.path(input).isValueNode()) {
        throw fault(id, input, "bound to '" + name + "', but linked in the file");
      }
      boolean ofGuide = value == Binding.FRAME || value == Binding.STRENGTH;
      if (ofGuide && loop != Loop.GUIDE) {
        throw fault(id, input, "bound to '" + name + "', which only for_each guide has");
      }
      if (value == Binding.IMAGE && loop == Loop.GUIDE) {
        throw fault(id, input, "bound to 'image', which for_each guide does not have");
      }
      bind.put(input, value);
    }
    return bind;
  }

  private Map<String, Integer> carry(String id, ObjectNode meta, ObjectNode inputs, Loop loop)
      throws WorkflowException {
    Map<String, Integer> carry = new LinkedHashMap<>();
    if (meta.has("carry") && loop == Loop.NONE) {
      throw fault(id, "carry without for_each");
    }
    for (Map.Entry<String, JsonNode> entry : object(meta, id, "carry").properties()) {
      String input = entry.getKey();
      JsonNode output = entry.getValue();
      present(id, inputs, input, "carry");
      if (!inputs.path(input).isArray()) {
        throw fault(id, input, "carried, but not a link in the file: the first copy needs one");
      }
      if (!output.isInt() || output.intValue() < 0) {
        throw fault(id, input, "carry " + output + ": must be the index of an output");
      }
      carry.put(input, output.intValue());
    }
    return carry;
  }

  private @Nullable String dropIfZero(String id, ObjectNode meta, ObjectNode inputs, Loop loop)
      throws WorkflowException {
    if (!meta.has("drop_if_zero")) {
      return null;
    }
    String input = meta.path("drop_if_zero").asText();
    present(id, inputs, input, "drop_if_zero");
    if (!inputs.path(input).isNumber()) {
      throw fault(id, input, "drop_if_zero: not a number in the file");
    }
    if (loop == Loop.GUIDE || meta.has("carry")) {
      throw fault(id, input, "drop_if_zero: not together with for_each guide or carry");
    }
    long links = inputs.valueStream().filter(JsonNode::isArray).count();
    if (links != 1) {
      throw fault(
          id,
          input,
          "drop_if_zero: needs exactly one linked input to pass on instead, has " + links);
    }
    return input;
  }

  private ObjectNode object(JsonNode parent, String id, String key) throws WorkflowException {
    return switch (parent.get(key)) {
      case null -> JSON.createObjectNode();
      case ObjectNode object -> object;
      default -> throw fault(id, key + " is not an object");
    };
  }

  private void present(String id, ObjectNode inputs, String input, String by)
      throws WorkflowException {
    if (!inputs.has(input)) {
      throw fault(id, input, by + ": the node has no such input");
    }
  }

  private WorkflowException fault(String id, String message) {
    return new WorkflowException("%s: node '%s': %s".formatted(file, id, message));
  }

  private WorkflowException fault(String id, String input, String message) {
    return new WorkflowException(
        "%s: node '%s', input '%s': %s".formatted(file, id, input, message));
  }
}
