package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Optional;

/**
 * A link of ComfyUI's API format: {@code ["node id", output index]}. ComfyUI takes every array
 * among a node's inputs for one.
 */
public record Link(String node, int output) {
  /** Empty unless the value is a well-formed link. */
  static Optional<Link> of(JsonNode value) {
    return source(value)
        .filter(_ -> value.get(1).isInt() && value.get(1).intValue() >= 0)
        .map(node -> new Link(node, value.get(1).intValue()));
  }

  /** The node it names; as a running ComfyUI does, this takes any number for an index. */
  public static Optional<String> source(JsonNode value) {
    return value.isArray()
            && value.size() == 2
            && value.get(0).isTextual()
            && value.get(1).isNumber()
        ? Optional.of(value.get(0).textValue())
        : Optional.empty();
  }

  ArrayNode json() {
    return JsonNodeFactory.instance.arrayNode(2).add(node).add(output);
  }
}
