package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import org.jspecify.annotations.Nullable;

/** The events of one prompt, and of these the messages that its history keeps. */
final class Events {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Sockets sockets;
  private final QueuedPrompt prompt;
  private final Clock time;
  private final ObjectNode progress = JSON.objectNode();
  private final ArrayNode messages = JSON.arrayNode();
  private boolean silent;

  Events(Sockets sockets, QueuedPrompt prompt, Clock time) {
    this.sockets = sockets;
    this.prompt = prompt;
    this.time = time;
  }

  /** From now on nothing is sent; the history still is kept. */
  void silence() {
    silent = true;
  }

  ArrayNode messages() {
    return messages;
  }

  /** An event of this prompt, still without its own fields. */
  ObjectNode event() {
    return JSON.objectNode().put("prompt_id", prompt.id());
  }

  void executing(String id) {
    state(id, JSON.numberNode(0.0), JSON.numberNode(1.0), "running");
    toClient("executing", nodeEvent(id).put("prompt_id", prompt.id()));
  }

  void step(String id, int done, int of) {
    state(id, JSON.numberNode(done), JSON.numberNode(of), "running");
    ObjectNode event = JSON.objectNode().put("value", done).put("max", of);
    send("progress", event.put("prompt_id", prompt.id()).put("node", id));
  }

  /** Which node runs now, for a client that comes back; null between the nodes. */
  void running(@Nullable String id) {
    sockets.running(prompt.client(), id);
  }

  /** Cuts every connection, see {@link Sockets#drop}. */
  void drop(boolean reset) {
    sockets.drop(reset);
  }

  /** The last event, sent when the history has the entry. */
  void end() {
    ObjectNode event = JSON.objectNode().putNull("node");
    toClient("executing", event.put("prompt_id", prompt.id()));
  }

  void executed(String id, JsonNode output) {
    ObjectNode event = nodeEvent(id);
    event.set("output", output);
    toClient("executed", event.put("prompt_id", prompt.id()));
  }

  void finished(String id) {
    JsonNode max = progress.path(id).path("max");
    JsonNode full = max.isMissingNode() ? JSON.numberNode(1) : max;
    state(id, full, full, "finished");
  }

  /** Every progress event repeats the state of all nodes so far. */
  private void state(String id, JsonNode value, JsonNode max, String state) {
    ObjectNode node = JSON.objectNode();
    node.set("value", value);
    node.set("max", max);
    node.put("state", state).put("node_id", id).put("prompt_id", prompt.id());
    node.put("display_node_id", id).putNull("parent_node_id").put("real_node_id", id);
    progress.set(id, node);
    ObjectNode event = event();
    event.set("nodes", progress);
    send("progress_state", event);
  }

  /** An event that the history keeps too; {@code broadcast} also without a client. */
  void message(String type, ObjectNode data, boolean broadcast) {
    data.put("timestamp", time.now().toEpochMilli());
    messages.addArray().add(type).add(data);
    if (broadcast) {
      send(type, data);
    } else {
      toClient(type, data);
    }
  }

  /** To the prompt's client; without one to nobody. */
  private void toClient(String type, ObjectNode data) {
    if (prompt.client() != null) {
      send(type, data);
    }
  }

  /** To the prompt's client; without one to everybody. */
  private void send(String type, ObjectNode data) {
    if (!silent) {
      sockets.send(type, data, prompt.client());
    }
  }

  private static ObjectNode nodeEvent(String id) {
    return JSON.objectNode().put("node", id).put("display_node", id);
  }
}
