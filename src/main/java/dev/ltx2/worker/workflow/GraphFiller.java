package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.plan.SigmaList;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Makes a graph of a template: copies, binds and drops. The template stays as it is. */
final class GraphFiller {
  private final String file;
  private final Map<String, TemplateNode> nodes;
  private final GenerationPlan plan;
  private final GraphInputs inputs;
  private final BindingContext single;

  GraphFiller(
      String file, Map<String, TemplateNode> nodes, GenerationPlan plan, GraphInputs inputs) {
    this.file = file;
    this.nodes = nodes;
    this.plan = plan;
    this.inputs = inputs;
    this.single = new BindingContext(plan, inputs, 0, 1, null);
  }

  ObjectNode fill() throws WorkflowException {
    check();
    ObjectNode graph = JsonNodeFactory.instance.objectNode();
    for (TemplateNode node : nodes.values()) {
      if (node.looped()) {
        for (int index = 1; index <= count(node.loop()); index++) {
          BindingContext copy = copy(node.loop(), index);
          if (!dropped(node, copy)) {
            graph.set(node.copyId(index), filled(node, copy));
          }
        }
      } else if (!dropped(node, single)) {
        graph.set(node.id(), filled(node, single));
      }
    }
    return graph;
  }

  private void check() throws WorkflowException {
    int images = inputs.images().size();
    if (plan.mode().multiframe() ? images == 0 : images != 1) {
      throw new WorkflowException(
          "%s: mode %s cannot be filled with %d images"
              .formatted(file, plan.mode().label(), images));
    }
    if (plan.mode().lipSync() && inputs.audio() == null) {
      throw new WorkflowException(file + ": binds 'audio', but there is no speech");
    }
    checkGuides(images);
  }

  private void checkGuides(int images) throws WorkflowException {
    for (TemplateNode node : nodes.values()) {
      if (node.loop() == Loop.GUIDE && plan.guides().isEmpty()) {
        throw new WorkflowException(
            "%s: node '%s': for_each guide, but the plan has no guides".formatted(file, node.id()));
      }
    }
    for (Guide guide : plan.guides()) {
      if (guide.keyframe() < 1 || guide.keyframe() > images) {
        throw new WorkflowException(
            "%s: a guide shows keyframe %d, but there are %d images"
                .formatted(file, guide.keyframe(), images));
      }
    }
  }

  private int count(Loop loop) {
    return loop == Loop.GUIDE ? plan.guides().size() : inputs.images().size();
  }

  private BindingContext copy(Loop loop, int index) {
    if (loop == Loop.KEYFRAME) {
      return new BindingContext(plan, inputs, index, index, null);
    }
    Guide guide = plan.guides().get(index - 1);
    return new BindingContext(plan, inputs, index, guide.keyframe(), guide);
  }

  private boolean dropped(TemplateNode node, BindingContext copy) {
    String input = node.dropIfZero();
    if (input == null) {
      return false;
    }
    Binding bound = node.bind().get(input);
    JsonNode value = bound == null ? node.inputs().path(input) : bound.of(copy);
    return value.doubleValue() == 0;
  }

  /** The list that the plan has for a scheduler's stage, if it has one. */
  private Optional<SigmaList> sigmasInstead(TemplateNode node) {
    return node.manualSigmas() == 0
        ? Optional.empty()
        : plan.sampling().stages().get(node.manualSigmas() - 1).sigmas();
  }

  private ObjectNode filled(TemplateNode node, BindingContext copy) {
    ObjectNode filled = JsonNodeFactory.instance.objectNode();
    Optional<SigmaList> sigmas = sigmasInstead(node);
    if (sigmas.isPresent()) {
      filled.put("class_type", "ManualSigmas");
      filled.putObject("inputs").put("sigmas", sigmas.get().text());
    } else {
      filled.put("class_type", node.classType());
      ObjectNode in = filled.putObject("inputs");
      for (Map.Entry<String, JsonNode> input : node.inputs().properties()) {
        in.set(input.getKey(), input(node, input.getKey(), input.getValue(), copy));
      }
    }
    if (node.title() != null) {
      filled
          .putObject("_meta")
          .put("title", node.looped() ? node.title() + " " + copy.index() : node.title());
    }
    return filled;
  }

  private JsonNode input(TemplateNode node, String name, JsonNode inFile, BindingContext copy) {
    Binding bound = node.bind().get(name);
    if (bound != null) {
      return bound.of(copy);
    }
    Integer carried = node.carry().get(name);
    if (carried != null && copy.index() > 1) {
      return new Link(node.copyId(copy.index() - 1), carried).json();
    }
    return Link.of(inFile)
        .<JsonNode>map(link -> resolve(link, node.loop(), copy).json())
        .orElseGet(inFile::deepCopy);
  }

  private Link resolve(Link link, Loop from, BindingContext copy) {
    TemplateNode to = Objects.requireNonNull(nodes.get(link.node()));
    BindingContext of = to.looped() ? copy(to.loop(), index(to.loop(), from, copy)) : single;
    if (dropped(to, of)) {
      return resolve(to.bypassTarget().orElseThrow(), to.loop(), of);
    }
    return to.looped() ? new Link(to.copyId(of.index()), link.output()) : link;
  }

  /** Which copy of a node another node's copy is linked to. */
  private int index(Loop to, Loop from, BindingContext copy) {
    return switch (from) {
      case NONE -> count(to);
      case KEYFRAME -> copy.index();
      case GUIDE -> to == Loop.GUIDE ? copy.index() : copy.keyframe();
    };
  }
}
