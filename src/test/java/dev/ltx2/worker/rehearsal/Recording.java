package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A recorded session with ComfyUI v0.33.0, without what differs from run to run. */
record Recording(int status, JsonNode answer, List<JsonNode> events, JsonNode history) {
  static final Path FOLDER = Path.of("test-fixtures/comfyui/recordings");

  /** Kept by neither side: ids, times, and the tensors and stack of an exception. */
  private static final Set<String> DIFFERS =
      Set.of(
          "prompt_id",
          "timestamp",
          "create_time",
          "number",
          "traceback",
          "current_inputs",
          "current_outputs");

  static Recording read(String name) throws IOException {
    int status = 0;
    JsonNode answer = null;
    JsonNode history = null;
    List<JsonNode> events = new ArrayList<>();
    for (String line : Files.readAllLines(FOLDER.resolve(name + ".jsonl"))) {
      JsonNode entry = Client.MAPPER.readTree(line);
      String http = entry.path("http").asText();
      if (http.startsWith("POST /prompt")) {
        status = entry.path("status").intValue();
        answer = entry.path("body");
      } else if (http.startsWith("GET /history")) {
        history = entry.path("body").elements().next();
      } else if (entry.has("ws")) {
        events.add(entry.path("ws"));
      }
    }
    return new Recording(status, answer, events, history);
  }

  /** The same with another id of one node. */
  Recording renamed(String node, String id) throws IOException {
    List<JsonNode> renamed = new ArrayList<>();
    for (JsonNode event : events) {
      renamed.add(renamed(event, node, id));
    }
    return new Recording(status, answer, renamed, renamed(history, node, id));
  }

  private static JsonNode renamed(JsonNode json, String node, String id) throws IOException {
    return Client.MAPPER.readTree(json.toString().replace('"' + node + '"', '"' + id + '"'));
  }

  ObjectNode graph() {
    return history.path("prompt").get(2).deepCopy();
  }

  static List<JsonNode> normal(List<JsonNode> events) {
    return events.stream().map(Recording::normal).toList();
  }

  static JsonNode normal(JsonNode json) {
    if (json instanceof ObjectNode object) {
      ObjectNode copy = object.objectNode();
      for (var entry : object.properties()) {
        String name = entry.getKey();
        if (name.equals("executed") || name.equals("dependent_outputs")) {
          copy.set(name, sorted(entry.getValue()));
        } else if (!DIFFERS.contains(name)) {
          copy.set(name, normal(entry.getValue()));
        }
      }
      return copy;
    }
    if (json instanceof ArrayNode array) {
      ArrayNode copy = array.arrayNode();
      array.forEach(item -> copy.add(normal(item)));
      return copy;
    }
    // 1 and 1.0 are told apart in JSON text only.
    return json.isNumber() ? Client.MAPPER.getNodeFactory().numberNode(json.doubleValue()) : json;
  }

  /** A history entry; its prompt begins with a number and an id. */
  static JsonNode normalHistory(JsonNode entry) {
    ObjectNode copy = (ObjectNode) normal(entry);
    ArrayNode prompt = (ArrayNode) copy.path("prompt");
    prompt.set(0, "number").set(1, "id");
    return copy;
  }

  private static ArrayNode sorted(JsonNode names) {
    Set<String> all = new TreeSet<>();
    names.forEach(name -> all.add(name.asText()));
    ArrayNode array = Client.MAPPER.createArrayNode();
    all.forEach(array::add);
    return array;
  }
}
