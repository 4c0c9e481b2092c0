package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks a graph, filled or template, against what a ComfyUI offers. */
public final class GraphLint {
  private final String file;
  private final ObjectNode nodes;
  private final ObjectInfo info;
  private final List<GraphFault> findings = new ArrayList<>();

  private GraphLint(String file, ObjectNode nodes, ObjectInfo info) {
    this.file = file;
    this.nodes = nodes;
    this.info = info;
  }

  /**
   * Why ComfyUI would not take a graph, or where it would do other than meant.
   *
   * @param node id, empty when the fault is the file's
   * @param input name, empty when the fault is the node's
   */
  public record GraphFault(String file, String node, String input, String message) {
    /** One line: file, node, input and message. */
    @Override
    public String toString() {
      return file
          + (node.isEmpty() ? "" : ": node '" + node + "'")
          + (input.isEmpty() ? "" : ", input '" + input + "'")
          + ": "
          + message;
    }
  }

  /** All faults in the graph's order, empty when ComfyUI would take the graph. */
  public static List<GraphFault> check(String file, ObjectNode nodes, ObjectInfo info) {
    GraphLint lint = new GraphLint(file, nodes, info);
    nodes.properties().forEach(node -> lint.node(node.getKey(), node.getValue()));
    boolean cycles = lint.cycles();
    if (!cycles) {
      GuideLint.check(nodes, (id, message) -> lint.found(id, "", message));
    }
    // What only fed a node that is none would all seem unreachable
    if (nodes.valueStream().allMatch(GraphLint::isNode)) {
      lint.reach();
    }
    return List.copyOf(lint.findings);
  }

  private static boolean isNode(JsonNode node) {
    return node.path("class_type").isTextual() && node.path("inputs").isObject();
  }

  private void node(String id, JsonNode node) {
    if (!isNode(node)) {
      found(id, "", "not a node: needs class_type and inputs");
      return;
    }
    ObjectNode values = (ObjectNode) node.path("inputs");
    Optional<NodeType> known = type(id);
    if (known.isEmpty()) {
      found(id, "", "ComfyUI has no node '" + node.path("class_type").asText() + "'");
      values.properties().forEach(value -> checkValue(id, value.getKey(), null, value.getValue()));
      return;
    }
    Map<String, NodeInput> inputs = known.get().inputs(values);
    inputs.forEach((name, input) -> {
      if (input.required() && !values.has(name)) {
        found(id, name, "required input is missing");
      }
    });
    for (Map.Entry<String, JsonNode> value : values.properties()) {
      String name = value.getKey();
      if (!inputs.containsKey(name) && !belongsToFree(name, inputs)) {
        found(id, name, "'" + node.path("class_type").asText() + "' has no such input");
      }
      checkValue(id, name, inputs.get(name), value.getValue());
    }
    carry(id, known.get(), inputs, node.path("_meta").path("carry"));
  }

  /** A link or a constant; of an unknown input only whether a link is one. */
  private void checkValue(String id, String name, @Nullable NodeInput input, JsonNode value) {
    if (value.isArray()) {
      link(id, name, input, value);
    } else if (input != null) {
      LiteralLint.check(input, value).ifPresent(fault -> found(id, name, fault));
      String bound = nodes.path(id).path("_meta").path("bind").path(name).asText();
      LiteralLint.checkBound(input, bound).ifPresent(fault -> found(id, name, fault));
    }
  }

  /** Inputs that grow, such as {@code images.image0} of a COMFY_AUTOGROW_V3 named images. */
  private static boolean belongsToFree(String name, Map<String, NodeInput> inputs) {
    int dot = name.indexOf('.');
    return dot > 0
        && Optional.ofNullable(inputs.get(name.substring(0, dot))).stream()
            .anyMatch(NodeInput::free);
  }

  private void link(String id, String name, @Nullable NodeInput input, JsonNode value) {
    Optional<Link> link = Link.of(value);
    if (link.isEmpty()) {
      found(id, name, "not a link: must be [\"node\", output index]");
      return;
    }
    String source = link.get().node();
    if (!nodes.has(source)) {
      found(id, name, "links to missing node '" + source + "'");
      return;
    }
    output(source, link.get().output())
        .ifPresentOrElse(
            type -> {
              if (input != null && !fits(type, input)) {
                found(
                    id, name, "takes %s, but '%s' gives %s".formatted(input.type(), source, type));
              }
            },
            () ->
                type(source)
                    .ifPresent(type ->
                        found(
                            id,
                            name,
                            "links to output %d of '%s', which has %d"
                                .formatted(link.get().output(), source, type.outputs()))));
    dropped(id, name, input, source);
  }

  /** What arrives instead when a drop_if_zero node is left out. */
  private void dropped(String id, String name, @Nullable NodeInput input, String source) {
    JsonNode node = nodes.path(source);
    if (input == null || !node.path("_meta").has("drop_if_zero")) {
      return;
    }
    links(source).stream()
        .findFirst()
        .flatMap(link -> output(link.node(), link.output()))
        .filter(type -> !fits(type, input))
        .ifPresent(type ->
            found(
                id,
                name,
                "takes %s, but would get %s when '%s' is dropped"
                    .formatted(input.type(), type, source)));
  }

  private void carry(String id, NodeType type, Map<String, NodeInput> inputs, JsonNode carry) {
    for (Map.Entry<String, JsonNode> entry : carry.properties()) {
      NodeInput input = inputs.get(entry.getKey());
      int output = entry.getValue().asInt(-1);
      if (output < 0 || output >= type.outputs()) {
        found(
            id,
            entry.getKey(),
            "carries output %s of its own, which has %d"
                .formatted(entry.getValue(), type.outputs()));
      } else if (input != null && !fits(type.output(output), input)) {
        found(
            id,
            entry.getKey(),
            "takes %s, but carries %s".formatted(input.type(), type.output(output)));
      }
    }
  }

  private static boolean fits(String output, NodeInput input) {
    return input.free()
        || input.isDynamicCombo()
        || output.startsWith("COMFY_")
        || input.takes(output);
  }

  private boolean cycles() {
    List<String> ids = nodes.properties().stream().map(Map.Entry::getKey).toList();
    List<List<String>> cycles = Cycles.of(ids, id -> links(id).stream().map(Link::node).toList());
    cycles.forEach(cycle -> found(cycle.getFirst(), "", "cycle: " + Cycles.text(cycle)));
    return !cycles.isEmpty();
  }

  private void reach() {
    Set<String> reached = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    // A node of unknown type may well be an output: it has its finding, its inputs need none
    nodes
        .fieldNames()
        .forEachRemaining(id -> {
          if (type(id).map(NodeType::isOutput).orElse(true)) {
            open.add(id);
          }
        });
    if (open.isEmpty()) {
      found("", "", "no output node: nothing would be saved");
      return;
    }
    while (!open.isEmpty()) {
      String id = open.remove();
      if (reached.add(id)) {
        links(id).forEach(link -> open.add(link.node()));
      }
    }
    for (Map.Entry<String, JsonNode> node : nodes.properties()) {
      if (!reached.contains(node.getKey())) {
        found(node.getKey(), "", "unreachable: feeds no output node");
        for (Map.Entry<String, JsonNode> bound :
            node.getValue().path("_meta").path("bind").properties()) {
          found(
              node.getKey(),
              bound.getKey(),
              "unused binding '" + bound.getValue().asText() + "': the node feeds no output node");
        }
      }
    }
  }

  private Optional<NodeType> type(String id) {
    return info.type(nodes.path(id).path("class_type").asText());
  }

  private Optional<String> output(String id, int index) {
    return type(id).filter(type -> index < type.outputs()).map(type -> type.output(index));
  }

  private List<Link> links(String id) {
    return nodes
        .path(id)
        .path("inputs")
        .valueStream()
        .map(Link::of)
        .flatMap(Optional::stream)
        .toList();
  }

  private void found(String node, String input, String message) {
    findings.add(new GraphFault(file, node, input, message));
  }
}
