package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.rehearsal.NodeCache.CachedResult;
import dev.ltx2.worker.rehearsal.NodeCache.Shown;
import dev.ltx2.worker.workflow.Link;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** One run of one prompt: its nodes in ComfyUI's order, its events, its history entry. */
final class Execution {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** The prompt was interrupted. */
  private static final class PromptInterrupted extends RuntimeException {}

  /** The server is to vanish at once, in the middle of this prompt. */
  static final class ServerDied extends Exception {}

  /** What one prompt after the other runs on. */
  record Machine(InstalledNodes nodes, NodeCache cache, PromptQueue queue, FaultState faults) {}

  private final Machine machine;
  private final QueuedPrompt prompt;
  private final Map<String, String> signatures;
  private final Events events;
  private final Map<String, Shown> shown = new LinkedHashMap<>();
  private final Set<String> executed = new LinkedHashSet<>();

  /** Results of this run and of those before it that it has met, by node. */
  private final Map<String, CachedResult> results = new LinkedHashMap<>();

  Execution(Machine machine, QueuedPrompt prompt, Events events) {
    this.machine = machine;
    this.prompt = prompt;
    this.events = events;
    signatures = machine.cache().signatures(prompt.graph());
    machine.cache().retain(signatures.values());
    if (machine.faults().sendsNothing()) {
      events.silence();
    }
  }

  /** Runs it; the history entry. */
  ObjectNode run() throws ServerDied, InterruptedException {
    events.running(null);
    events.message("execution_start", events.event(), false);
    ObjectNode cached = JSON.objectNode();
    ArrayNode nodes = cached.putArray("nodes");
    for (var node : prompt.graph().properties()) {
      cached(node.getKey())
          .ifPresent(outcome -> {
            results.put(node.getKey(), outcome);
            nodes.add(node.getKey());
          });
    }
    events.message("execution_cached", cached.put("prompt_id", prompt.id()), false);
    boolean success = runNodes();
    events.running(null);
    return history(success);
  }

  /** Sends the last event, when the history has the entry. */
  void end() {
    events.end();
  }

  private boolean runNodes() throws ServerDied, InterruptedException {
    var order =
        new ExecutionOrder(
            prompt.graph(),
            prompt.outputs(),
            id -> machine.nodes().get(type(id)).isOutput(),
            Set.copyOf(results.keySet()));
    while (!order.isEmpty()) {
      String id = order.next();
      try {
        runNode(id);
      } catch (PromptInterrupted e) {
        ObjectNode event = failed(id);
        events.message("execution_interrupted", event, true);
        return false;
      } catch (NodeException e) {
        events.message(
            "execution_error", error(id, e.type(), e.getMessage() + "\n" + e.advice()), false);
        return false;
      } catch (MediaException | RuntimeException e) {
        // A fault of the rehearsal itself fails this prompt, not the worker thread.
        events.message("execution_error", error(id, "RuntimeError", e.getMessage() + "\n"), false);
        return false;
      }
      order.done(id);
    }
    events.message("execution_success", events.event(), false);
    return true;
  }

  private void runNode(String id)
      throws NodeException, MediaException, ServerDied, InterruptedException {
    Optional<CachedResult> known = cached(id);
    if (known.isPresent()) {
      results.put(id, known.get());
      known.get().shown().ifPresent(shows -> shown.put(id, shows));
      events.executed(id, known.get().shown().<JsonNode>map(Shown::output).orElse(JSON.nullNode()));
      events.finished(id);
      return;
    }
    events.executing(id);
    events.running(id);
    disturb(id);
    checkInterrupt();
    machine.faults().gpu(id, type(id));
    NodeResult result = meaning(id).perform(inputs(id), (done, of) -> step(id, done, of));
    Optional<Shown> shows = result.shown().map(output -> new Shown(output, meta(id)));
    shows.ifPresent(show -> {
      shown.put(id, show);
      events.executed(id, show.output());
    });
    CachedResult outcome = new CachedResult(result.outputs(), shows);
    machine.cache().put(signature(id), outcome);
    results.put(id, outcome);
    events.finished(id);
    executed.add(id);
  }

  private Optional<CachedResult> cached(String id) {
    return machine.cache().get(signature(id));
  }

  private String signature(String id) {
    return Objects.requireNonNull(signatures.get(id));
  }

  private NodeMeaning meaning(String id) throws NodeException {
    return machine
        .nodes()
        .meaning(type(id))
        .orElseThrow(() ->
            new NodeException(
                "NotImplementedError",
                "The rehearsal does not perform "
                    + type(id)
                    + "; run this graph on a real ComfyUI"));
  }

  private void disturb(String id) throws ServerDied, InterruptedException {
    FaultState faults = machine.faults();
    String type = type(id);
    if (faults.dies(id, type)) {
      throw new ServerDied();
    }
    faults.drop(id, type).ifPresent(drop -> events.drop(drop.reset()));
    if (faults.silences(id, type)) {
      events.silence();
    }
    if (faults.hangs(id, type)) {
      machine.queue().awaitInterrupt(faults.ignoresInterrupt());
    }
  }

  private void checkInterrupt() {
    boolean wanted = machine.queue().isInterrupted() && !machine.faults().ignoresInterrupt();
    if (wanted || machine.queue().isClosed()) {
      throw new PromptInterrupted();
    }
  }

  private void step(String id, int done, int of) throws InterruptedException {
    if (machine.faults().delaysStep()) {
      checkInterrupt();
    }
    events.step(id, done, of);
    checkInterrupt();
  }

  private NodeInputs inputs(String id) {
    ObjectNode constants = (ObjectNode) prompt.graph().path(id).path("inputs");
    Map<String, NodeValue> linked = new LinkedHashMap<>();
    constants
        .properties()
        .forEach(input ->
            Link.source(input.getValue())
                .map(results::get)
                .ifPresent(from -> linked.put(input.getKey(), output(from, input.getValue()))));
    return new NodeInputs(constants, linked);
  }

  private static NodeValue output(CachedResult from, JsonNode link) {
    int index = link.get(1).intValue();
    return from.outputs().get(index < 0 ? index + from.outputs().size() : index);
  }

  private String type(String id) {
    return prompt.graph().path(id).path("class_type").asText();
  }

  private static ObjectNode meta(String id) {
    return JSON.objectNode()
        .put("node_id", id)
        .put("display_node", id)
        .putNull("parent_node")
        .put("real_node_id", id);
  }

  private ObjectNode failed(String id) {
    ObjectNode event = events.event().put("node_id", id).put("node_type", type(id));
    ArrayNode done = event.putArray("executed");
    executed.forEach(done::add);
    return event;
  }

  private ObjectNode error(String id, String type, String message) {
    ObjectNode event = failed(id);
    event.put("exception_message", message).put("exception_type", type);
    event.putArray("traceback").add("  File \"rehearsal\", in " + type(id) + "\n");
    ObjectNode inputs = event.putObject("current_inputs");
    NodeInputs values = inputs(id);
    for (var input : values.constants().properties()) {
      NodeValue linked = values.linked().get(input.getKey());
      inputs
          .putArray(input.getKey())
          .add(linked == null ? input.getValue() : JSON.textNode("<" + kind(linked) + ">"));
    }
    ArrayNode outputs = event.putArray("current_outputs");
    prompt.graph().fieldNames().forEachRemaining(outputs::add);
    return event;
  }

  private static String kind(NodeValue value) {
    return value.getClass().getSimpleName();
  }

  private ObjectNode history(boolean success) {
    ObjectNode entry = JSON.objectNode();
    entry.set("prompt", prompt.json());
    ObjectNode outputs = entry.putObject("outputs");
    shown.forEach((id, shows) -> outputs.set(id, shows.output()));
    ObjectNode status = entry.putObject("status");
    status.put("status_str", success ? "success" : "error").put("completed", success);
    status.set("messages", events.messages());
    ObjectNode meta = entry.putObject("meta");
    shown.forEach((id, shows) -> meta.set(id, shows.meta()));
    return entry;
  }
}
