package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.rehearsal.PythonSemantics.PythonException;
import dev.ltx2.worker.workflow.NodeInput;
import dev.ltx2.worker.workflow.NodeType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Judges a prompt as ComfyUI v0.33.0 does before it queues it, and writes converted values back
 * into it. An output is valid when its whole branch is; the prompt is, when one output is.
 */
final class PromptValidator {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /**
   * @param error empty when at least one output can run
   * @param outputs the outputs that can run
   * @param nodeErrors by node; not empty without an {@code error} when only some can
   */
  record Validation(Optional<ObjectNode> error, List<String> outputs, ObjectNode nodeErrors) {}

  private record Checked(boolean valid, List<ObjectNode> reasons) {}

  private final InstalledNodes types;
  private final InputCheck inputCheck;
  private final ObjectNode prompt;
  private final Map<String, Checked> checked = new LinkedHashMap<>();
  private final List<String> visiting = new ArrayList<>();

  private PromptValidator(InstalledNodes types, ComfyUiFolders folders, ObjectNode prompt) {
    this.types = types;
    this.prompt = prompt;
    inputCheck = new InputCheck(folders);
  }

  static Validation validate(InstalledNodes types, ComfyUiFolders folders, ObjectNode prompt) {
    return new PromptValidator(types, folders, prompt).judge();
  }

  private Validation judge() {
    Optional<ObjectNode> unknown =
        prompt.properties().stream()
            .flatMap(entry -> unknownType(entry.getKey(), entry.getValue()).stream())
            .findFirst();
    if (unknown.isPresent()) {
      return new Validation(unknown, List.of(), object());
    }
    // ComfyUI walks a set of strings, whose order changes from start to start; the recorded one is
    // the alphabet's.
    List<String> outputs =
        prompt.properties().stream()
            .map(Map.Entry::getKey)
            .filter(id -> types.get(className(id)).isOutput())
            .sorted()
            .toList();
    if (outputs.isEmpty()) {
      ObjectNode error = error("prompt_no_outputs", "Prompt has no outputs", "", object());
      return new Validation(Optional.of(error), List.of(), object());
    }
    return judge(outputs);
  }

  private Validation judge(List<String> outputs) {
    List<String> good = new ArrayList<>();
    List<String> details = new ArrayList<>();
    ObjectNode nodeErrors = object();
    for (String output : outputs) {
      Checked result = checkOutput(output);
      if (result.valid()) {
        good.add(output);
        continue;
      }
      for (ObjectNode reason : result.reasons()) {
        details.add(reason.path("message").asText() + ": " + reason.path("details").asText());
      }
      checked.forEach((node, check) -> report(node, check, output, nodeErrors));
    }
    if (!good.isEmpty()) {
      return new Validation(Optional.empty(), good, nodeErrors);
    }
    ObjectNode error =
        error(
            "prompt_outputs_failed_validation",
            "Prompt outputs failed validation",
            String.join("\n", details),
            object());
    return new Validation(Optional.of(error), good, nodeErrors);
  }

  private String className(String id) {
    return prompt.path(id).path("class_type").asText();
  }

  /** Nodes below a faulty one are invalid too, but have no reason of their own to report. */
  private void report(String node, Checked check, String output, ObjectNode nodeErrors) {
    if (check.valid() || check.reasons().isEmpty()) {
      return;
    }
    if (!nodeErrors.has(node)) {
      ObjectNode said = nodeErrors.putObject(node);
      said.putArray("errors").addAll(check.reasons());
      said.putArray("dependent_outputs");
      said.set("class_type", prompt.path(node).path("class_type"));
    }
    nodeErrors
        .withObject("/" + node.replace("~", "~0").replace("/", "~1"))
        .withArray("dependent_outputs")
        .add(output);
  }

  private Optional<ObjectNode> unknownType(String id, JsonNode node) {
    JsonNode type = node.get("class_type");
    if (type != null && types.knows(type.asText())) {
      return Optional.empty();
    }
    JsonNode title = node.at("/_meta/title");
    ObjectNode extra = object().put("node_id", id);
    String message;
    if (type == null) {
      extra.putNull("class_type");
      extra.set("node_title", title.isMissingNode() ? JSON.nullNode() : title);
      String name = title.asText().isEmpty() ? "ID #" + id : title.asText();
      message =
          "Node '"
              + name
              + "' has no class_type. The workflow may be corrupted or a custom node is missing.";
    } else {
      JsonNode name = title.isMissingNode() ? type : title;
      extra.set("class_type", type);
      extra.set("node_title", name);
      message =
          "Node '"
              + PythonSemantics.str(name)
              + "' not found. The custom node may not be installed.";
    }
    return Optional.of(error("missing_node_type", message, "Node ID '#" + id + "'", extra));
  }

  private Checked checkOutput(String output) {
    try {
      return check(output);
    } catch (PythonException e) {
      ObjectNode extra = object().put("exception_type", e.type());
      extra.putArray("traceback");
      return fail(
          output,
          error(
              "exception_during_validation",
              "Exception when validating node",
              e.getMessage(),
              extra));
    }
  }

  private Checked fail(String node, ObjectNode reason) {
    var failed = new Checked(false, List.of(reason));
    checked.put(node, failed);
    return failed;
  }

  private Checked check(String id) {
    Checked known = checked.get(id);
    if (known != null) {
      return known;
    }
    if (visiting.contains(id)) {
      return blameCycle(id);
    }
    JsonNode values = prompt.path(id).get("inputs");
    if (!(values instanceof ObjectNode inputs)) {
      throw new PythonException("KeyError", "'inputs'");
    }
    String typeName = className(id);
    NodeType type = types.get(typeName);
    List<ObjectNode> errors = new ArrayList<>();
    boolean valid = true;
    for (var entry : inputs(type, inputs).entrySet()) {
      String name = entry.getKey();
      NodeInput input = entry.getValue();
      JsonNode value = inputs.get(name);
      if (value == null) {
        if (input.required()) {
          errors.add(InputCheck.missing(name, type.isNewStyle()));
        }
      } else if (value.isArray()) {
        valid &= checkLink(id, name, input, (ArrayNode) value, errors);
      } else {
        inputCheck.value(typeName, inputs, name, input, errors);
      }
    }
    inputCheck.custom(typeName, inputs, errors);
    Checked earlier = checked.getOrDefault(id, new Checked(true, List.of()));
    var reasons = new LinkedHashSet<>(earlier.reasons());
    reasons.addAll(errors);
    var result = new Checked(earlier.valid() && valid && errors.isEmpty(), List.copyOf(reasons));
    checked.put(id, result);
    return result;
  }

  /** A dynamic choice outside its list is passed over, as if the node had no such input. */
  private static Map<String, NodeInput> inputs(NodeType type, ObjectNode values) {
    Map<String, NodeInput> inputs = type.inputs(values);
    inputs
        .entrySet()
        .removeIf(entry ->
            entry.getValue().isDynamicCombo()
                && entry
                    .getValue()
                    .choices()
                    .valueStream()
                    .noneMatch(choice -> choice.path("key").equals(values.get(entry.getKey()))));
    return inputs;
  }

  /** False when the node linked to is faulty itself; faults of the link go to {@code errors}. */
  private boolean checkLink(
      String id, String name, NodeInput input, ArrayNode link, List<ObjectNode> errors) {
    if (link.size() != 2) {
      errors.add(InputCheck.badLink(name, input, link));
      return true;
    }
    JsonNode received = types.received(prompt, link);
    if (!fits(received.asText(), input)) {
      errors.add(InputCheck.typeMismatch(name, input, link, received));
      return true;
    }
    return checkSource(id, link, InputCheck.extra(name, input));
  }

  /** A list of choices takes only what an output of any type gives. */
  private static boolean fits(String received, NodeInput input) {
    return input.declaredType().isTextual() ? input.takes(received) : received.equals("*");
  }

  private boolean checkSource(String id, ArrayNode link, ObjectNode extra) {
    String source = PythonSemantics.str(link.get(0));
    visiting.add(id);
    try {
      return check(source).valid();
    } catch (PythonException e) {
      extra.put("exception_message", e.getMessage()).put("exception_type", e.type());
      extra.putArray("traceback");
      extra.set("linked_node", link);
      fail(
          source,
          error(
              "exception_during_inner_validation",
              "Exception when validating inner node",
              e.getMessage(),
              extra));
      return false;
    } finally {
      visiting.removeLast();
    }
  }

  private Checked blameCycle(String id) {
    List<String> path = new ArrayList<>(visiting.subList(visiting.indexOf(id), visiting.size()));
    path.add(id);
    var nodes = new LinkedHashSet<>(path);
    String text =
        String.join(" -> ", path.stream().map(n -> n + " (" + className(n) + ")").toList());
    for (String node : nodes) {
      ObjectNode extra = object().put("node_id", node);
      ArrayNode cycle = extra.putArray("cycle_nodes");
      nodes.forEach(cycle::add);
      fail(node, error("dependency_cycle", "Dependency cycle detected", text, extra));
    }
    return Objects.requireNonNull(checked.get(id));
  }

  static ObjectNode error(String type, String message, String details, ObjectNode extra) {
    ObjectNode error = object().put("type", type).put("message", message).put("details", details);
    error.set("extra_info", extra);
    return error;
  }

  private static ObjectNode object() {
    return JSON.objectNode();
  }
}
