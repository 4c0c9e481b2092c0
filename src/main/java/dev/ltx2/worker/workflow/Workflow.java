package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.Mode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A ComfyUI graph whose {@code _meta} says what the worker changes: {@code bind}, {@code for_each},
 * {@code carry}, {@code drop_if_zero}. docs/decisions.md tells their meaning.
 */
public final class Workflow {
  private final String file;
  private final ObjectNode json;
  private final Map<String, TemplateNode> nodes;
  private final Mode mode;

  private Workflow(String file, ObjectNode json, Map<String, TemplateNode> nodes, Mode mode) {
    this.file = file;
    this.json = json;
    this.nodes = nodes;
    this.mode = mode;
  }

  /**
   * Reads a template.
   *
   * @param file its name, for messages
   * @param json its text
   * @throws WorkflowException for what is wrong whatever ComfyUI it runs on: syntax, links, cycles,
   *     bindings. Node types and their inputs are {@link GraphLint}'s
   */
  public static Workflow parse(String file, String json) throws WorkflowException {
    ObjectNode graph = TemplateReader.graph(file, json);
    Map<String, TemplateNode> nodes = new TemplateReader(file).nodes(graph);
    return new Workflow(file, graph, nodes, new TemplateCheck(file, nodes).mode());
  }

  /** Its name, for messages. */
  public String file() {
    return file;
  }

  /** Which mode's values it binds. */
  public Mode mode() {
    return mode;
  }

  /** Names of the values that its nodes bind. */
  public Set<String> bound() {
    return nodes.values().stream()
        .flatMap(node -> node.bind().values().stream())
        .map(Binding::label)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Nodes of a type of which an input is bound to a value, by id. */
  public List<String> binding(String classType, String value) {
    return nodes.values().stream()
        .filter(node -> node.classType().equals(classType))
        .filter(node -> node.bind().values().stream().anyMatch(b -> b.label().equals(value)))
        .map(TemplateNode::id)
        .toList();
  }

  /** Stages, from 1, whose scheduler a list of noise levels may replace. */
  public Set<Integer> replaceableSchedulers() {
    return nodes.values().stream()
        .map(TemplateNode::manualSigmas)
        .filter(stage -> stage > 0)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The template as it stands, a graph that ComfyUI takes; a copy. */
  public ObjectNode nodes() {
    return json.deepCopy();
  }

  /**
   * Fills it for one job.
   *
   * @throws WorkflowException when it is for another mode, or the plan's guides and the images do
   *     not match it
   */
  public Graph fill(GenerationPlan plan, GraphInputs inputs) throws WorkflowException {
    if (plan.mode() != mode) {
      throw new WorkflowException(
          "%s: made for mode %s, cannot run mode %s"
              .formatted(file, mode.label(), plan.mode().label()));
    }
    return new Graph(new GraphFiller(file, nodes, plan, inputs).fill());
  }
}
