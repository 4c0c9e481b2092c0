package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.workflow.Link;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The order in which ComfyUI runs nodes: of those whose inputs are there, an output first, then a
 * node right before an output, then one two links before, then the one found first. Found means: a
 * walk from the outputs upwards, inputs in the prompt's order, the last first.
 */
final class ExecutionOrder {
  private final ObjectNode prompt;
  private final Predicate<String> isOutput;
  private final Set<String> pending = new LinkedHashSet<>();
  private final Map<String, Set<String>> blocking = new LinkedHashMap<>();
  private final Map<String, Integer> blockedBy = new LinkedHashMap<>();

  /** Nodes {@code cached} at the start are neither run nor waited for, unless they are outputs. */
  ExecutionOrder(
      ObjectNode prompt, Iterable<String> outputs, Predicate<String> isOutput, Set<String> cached) {
    this.prompt = prompt;
    this.isOutput = isOutput;
    for (String output : outputs) {
      add(output, cached);
    }
  }

  private void add(String start, Set<String> cached) {
    record Dependency(String from, String to) {}
    Deque<String> stack = new ArrayDeque<>(List.of(start));
    List<Dependency> links = new ArrayList<>();
    while (!stack.isEmpty()) {
      String id = stack.pop();
      if (!pending.add(id)) {
        continue;
      }
      blockedBy.put(id, 0);
      blocking.put(id, new LinkedHashSet<>());
      for (JsonNode input : prompt.path(id).path("inputs")) {
        Link.source(input)
            .filter(from -> !cached.contains(from))
            .ifPresent(from -> {
              stack.push(from);
              links.add(new Dependency(from, id));
            });
      }
    }
    for (Dependency link : links) {
      if (after(link.from()).add(link.to())) {
        blockedBy.merge(link.to(), 1, Integer::sum);
      }
    }
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  /** The next node to run. */
  String next() {
    List<String> ready =
        pending.stream().filter(id -> Objects.equals(blockedBy.get(id), 0)).toList();
    return first(ready, isOutput)
        .or(() -> first(ready, id -> after(id).stream().anyMatch(isOutput)))
        .or(() ->
            first(
                ready,
                id -> after(id).stream().flatMap(next -> after(next).stream()).anyMatch(isOutput)))
        .orElseGet(ready::getFirst);
  }

  private static Optional<String> first(List<String> ready, Predicate<String> test) {
    return ready.stream().filter(test).findFirst();
  }

  void done(String id) {
    pending.remove(id);
    after(id).forEach(next -> blockedBy.merge(next, -1, Integer::sum));
    blocking.remove(id);
  }

  /** The nodes that wait for this one. */
  private Set<String> after(String id) {
    return Objects.requireNonNull(blocking.get(id));
  }
}
