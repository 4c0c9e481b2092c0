package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A queued prompt.
 *
 * @param number lower ones run first; a whole number unless the client gave one
 * @param extra what came along: {@code client_id}, {@code create_time}
 * @param outputs the output nodes to run
 */
record QueuedPrompt(
    JsonNode number, String id, ObjectNode graph, ObjectNode extra, List<String> outputs) {

  /** Its client's socket; null when it named none, and then events go to every socket. */
  @Nullable String client() {
    JsonNode client = extra.get("client_id");
    return client == null || client.isNull() ? null : client.asText();
  }

  /** As the queue and the history show it. */
  ArrayNode json() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    json.add(number).add(id).add(graph).add(extra);
    ArrayNode list = json.addArray();
    outputs.forEach(list::add);
    return json;
  }
}
