package dev.ltx2.worker.workflow;

import dev.ltx2.worker.request.Mode;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a template's nodes must be to each other, and what it must bind to be worth running. */
final class TemplateCheck {
  private final String file;
  private final Map<String, TemplateNode> nodes;

  TemplateCheck(String file, Map<String, TemplateNode> nodes) {
    this.file = file;
    this.nodes = nodes;
  }

  /** Checks everything; answers which mode's values the template binds. */
  Mode mode() throws WorkflowException {
    for (TemplateNode node : nodes.values()) {
      for (Map.Entry<String, Link> link : node.links().entrySet()) {
        link(node, link.getKey(), nodes.get(link.getValue().node()), link.getValue());
      }
      ids(node);
    }
    cycles();
    return bindings();
  }

  private void link(TemplateNode from, String input, @Nullable TemplateNode to, Link link)
      throws WorkflowException {
    String where = "%s: node '%s', input '%s': ".formatted(file, from.id(), input);
    if (to == null) {
      throw new WorkflowException(where + "links to missing node '" + link.node() + "'");
    }
    boolean ofOwnKeyframe = from.loop() == Loop.GUIDE && to.loop() == Loop.KEYFRAME;
    if (!to.looped() || from.loop() == to.loop() || ofOwnKeyframe) {
      return;
    }
    if (from.looped()) {
      throw new WorkflowException(
          where
              + "a copy per %s cannot link to '%s', copied per %s"
                  .formatted(from.loop().label(), to.id(), to.loop().label()));
    }
    if (to.carry().isEmpty()) {
      throw new WorkflowException(
          where
              + "links to '%s', which is copied without carry: to which copy?".formatted(to.id()));
    }
  }

  private void ids(TemplateNode node) throws WorkflowException {
    for (String id : nodes.keySet()) {
      if (node.looped() && id.matches("\\Q" + node.id() + "\\E_[0-9]+")) {
        throw new WorkflowException(
            "%s: node '%s': takes the name of a copy of '%s'".formatted(file, id, node.id()));
      }
    }
  }

  private void cycles() throws WorkflowException {
    List<List<String>> cycles =
        Cycles.of(nodes.keySet(), id -> links(id).values().stream().map(Link::node).toList());
    if (!cycles.isEmpty()) {
      List<String> cycle = cycles.getFirst();
      String last = cycle.getLast();
      String input =
          links(last).entrySet().stream()
              .filter(link -> link.getValue().node().equals(cycle.getFirst()))
              .findFirst()
              .orElseThrow()
              .getKey();
      throw new WorkflowException(
          "%s: node '%s', input '%s': closes a cycle: %s"
              .formatted(file, last, input, Cycles.text(cycle)));
    }
  }

  private Map<String, Link> links(String id) {
    return Objects.requireNonNull(nodes.get(id)).links();
  }

  private Mode bindings() throws WorkflowException {
    Set<Binding> bound = EnumSet.noneOf(Binding.class);
    nodes.values().forEach(node -> bound.addAll(node.bind().values()));
    boolean guides = nodes.values().stream().anyMatch(node -> node.loop() == Loop.GUIDE);
    for (TemplateNode node : nodes.values()) {
      keyframes(node, guides);
    }
    boolean speech = bound.contains(Binding.AUDIO);
    if (speech == bound.contains(Binding.AUDIO_FRAMES)) {
      throw new WorkflowException(
          "%s: %s 'audio' (the request's speech) and 'audio_frames' (generated audio) must be bound%s"
              .formatted(
                  file,
                  speech ? "only one of" : "one of",
                  unbound(always(guides), bound)
                      .map(names -> "; no node binds " + names + ", which every mode needs")
                      .orElse("")));
    }
    Mode mode =
        Arrays.stream(Mode.values())
            .filter(m -> m.multiframe() == guides && m.lipSync() == speech)
            .findFirst()
            .orElseThrow();
    Set<Binding> needed = always(guides);
    if (!speech) {
      needed.add(Binding.AUDIO_PREFIX);
    }
    Optional<String> unbound = unbound(needed, bound);
    if (unbound.isPresent()) {
      throw new WorkflowException(
          "%s: no node binds %s, which mode %s cannot do without"
              .formatted(file, unbound.get(), mode.label()));
    }
    return mode;
  }

  /** All of them, so that they need not be found one by one. */
  private static Optional<String> unbound(Set<Binding> needed, Set<Binding> bound) {
    return needed.stream()
        .filter(value -> !bound.contains(value))
        .map(value -> "'" + value.label() + "'")
        .reduce((some, next) -> some + ", " + next);
  }

  private void keyframes(TemplateNode node, boolean guides) throws WorkflowException {
    if (node.loop() == Loop.KEYFRAME && !guides) {
      throw new WorkflowException(
          "%s: node '%s': for_each keyframe, but no node is for_each guide"
              .formatted(file, node.id()));
    }
    if (guides && !node.looped() && node.bind().containsValue(Binding.IMAGE)) {
      throw new WorkflowException(
          "%s: node '%s': binds 'image' without for_each keyframe".formatted(file, node.id()));
    }
  }

  /** Without these the video is not the one asked for; other models may do without the rest. */
  private static Set<Binding> always(boolean guides) {
    Set<Binding> needed =
        EnumSet.of(
            Binding.WIDTH,
            Binding.HEIGHT,
            Binding.FPS,
            Binding.LENGTH,
            Binding.SEED,
            Binding.PROMPT_POSITIVE,
            Binding.IMAGE,
            Binding.VIDEO_PREFIX);
    if (guides) {
      needed.addAll(EnumSet.of(Binding.FRAME, Binding.STRENGTH));
    }
    return needed;
  }
}
