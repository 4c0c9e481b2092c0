package dev.ltx2.worker.workflow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Finds the cycles among a graph's nodes. */
final class Cycles {
  private final Function<String, List<String>> sources;
  private final Set<String> path = new LinkedHashSet<>();
  private final Set<String> done = new HashSet<>();
  private final List<List<String>> found = new ArrayList<>();

  private Cycles(Function<String, List<String>> sources) {
    this.sources = sources;
  }

  /**
   * Each cycle once, from the node where the given order enters it; its last node links back to the
   * first.
   *
   * @param sources the nodes that a node links to
   */
  static List<List<String>> of(Collection<String> nodes, Function<String, List<String>> sources) {
    Cycles cycles = new Cycles(sources);
    nodes.forEach(cycles::visit);
    return cycles.found;
  }

  private void visit(String id) {
    if (path.contains(id)) {
      List<String> entered = new ArrayList<>(path);
      found.add(entered.subList(entered.indexOf(id), entered.size()));
    } else if (!done.contains(id)) {
      path.add(id);
      sources.apply(id).forEach(this::visit);
      path.remove(id);
      done.add(id);
    }
  }

  /** As text, back to its first node. */
  static String text(List<String> cycle) {
    return String.join(" -> ", cycle) + " -> " + cycle.getFirst();
  }
}
