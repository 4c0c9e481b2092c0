package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** A node's inputs at run time: its constants, and the values its links brought. */
record NodeInputs(ObjectNode constants, Map<String, Value> linked) {

  <V extends Value> V get(String name, Class<V> kind) throws NodeException {
    Value value = linked.get(name);
    if (!kind.isInstance(value)) {
      String found = value == null ? "nothing" : value.getClass().getSimpleName();
      throw new NodeException(
          "ValueError",
          "The rehearsal wants %s for input %s, not %s"
              .formatted(kind.getSimpleName(), name, found));
    }
    return kind.cast(value);
  }

  /** A latent's picture part. */
  Value.Film film(String name) throws NodeException {
    Value.Film film = get(name, Value.Latent.class).film();
    if (film == null) {
      throw new NodeException("ValueError", "The latent of input " + name + " has no picture part");
    }
    return film;
  }

  /** A latent's sound part. */
  Value.Sound sound(String name) throws NodeException {
    Value.Sound sound = get(name, Value.Latent.class).sound();
    if (sound == null) {
      throw new NodeException("ValueError", "The latent of input " + name + " has no sound part");
    }
    return sound;
  }

  private JsonNode constant(String name) throws NodeException {
    JsonNode value = constants.get(name);
    if (value == null || value.isContainerNode()) {
      throw new NodeException(
          "ValueError", "The rehearsal wants a constant for input " + name + ", not a link");
    }
    return value;
  }

  int integer(String name) throws NodeException {
    return constant(name).intValue();
  }

  double number(String name) throws NodeException {
    return constant(name).doubleValue();
  }

  boolean flag(String name) throws NodeException {
    return constant(name).booleanValue();
  }

  String text(String name) throws NodeException {
    return constant(name).asText();
  }

  JsonNode json(String name) throws NodeException {
    return constant(name);
  }
}
