package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** A node's inputs at run time: its constants, and the values its links brought. */
public record NodeInputs(ObjectNode constants, Map<String, NodeValue> linked) {

  public <V extends NodeValue> V get(String name, Class<V> kind) throws NodeException {
    NodeValue value = linked.get(name);
    if (!kind.isInstance(value)) {
      String found = value == null ? "nothing" : value.getClass().getSimpleName();
      throw new NodeException(
          "ValueError",
          "The rehearsal wants %s for input %s, not %s"
              .formatted(kind.getSimpleName(), name, found));
    }
    return kind.cast(value);
  }

  private JsonNode constant(String name) throws NodeException {
    JsonNode value =
        linked.get(name) instanceof NodeValue.Scalar(JsonNode number)
            ? number
            : constants.get(name);
    if (value == null || value.isContainerNode()) {
      throw new NodeException(
          "ValueError", "The rehearsal wants a constant or a number for input " + name);
    }
    return value;
  }

  public int integer(String name) throws NodeException {
    return constant(name).intValue();
  }

  public double number(String name) throws NodeException {
    return constant(name).doubleValue();
  }

  public boolean flag(String name) throws NodeException {
    return constant(name).booleanValue();
  }

  public String text(String name) throws NodeException {
    return constant(name).asText();
  }

  public JsonNode json(String name) throws NodeException {
    return constant(name);
  }
}
