package dev.ltx2.worker.comfyui;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns events into a fraction that never falls, also when the prompt is run again. */
final class PromptProgress {
  /** What the samplers take of the whole; the other nodes share the rest evenly. */
  private static final double SAMPLING = 0.85;

  private final GraphNodes nodes;
  private final GenerationListener listener;
  private final Map<String, Double> weights = new HashMap<>();
  private final Set<String> done = new HashSet<>();
  private @Nullable String running;
  private double within;
  private int step;
  private int steps;
  private double highest;
  private boolean muted;

  PromptProgress(GraphNodes nodes, GenerationListener listener) {
    this.nodes = nodes;
    this.listener = listener;
    List<String> ids = nodes.ids();
    long samplers = ids.stream().filter(nodes::samples).count();
    double others = samplers == 0 ? 1 : 1 - SAMPLING;
    for (String id : ids) {
      weights.put(id, nodes.samples(id) ? SAMPLING / samplers : others / (ids.size() - samplers));
    }
  }

  /** The graph's nodes. */
  GraphNodes nodes() {
    return nodes;
  }

  /** The prompt starts anew. */
  void restart() {
    done.clear();
    running = null;
    within = 0;
    step = 0;
    steps = 0;
  }

  void hear(PromptEvent.OfPrompt event) {
    switch (event) {
      case PromptEvent.Cached cached -> done.addAll(cached.nodes());
      case PromptEvent.Executing executing -> run(executing.node());
      case PromptEvent.Executed executed -> done.add(executed.node());
      case PromptEvent.NodeSteps progress -> advance(progress);
      case PromptEvent.Started _, PromptEvent.Finished _ -> {}
    }
    if (running != null && !(event instanceof PromptEvent.Finished)) {
      tell();
    }
  }

  /** All is done. */
  void finish() {
    highest = 1;
    tell();
  }

  /** The listener hears no more. */
  synchronized void mute() {
    muted = true;
  }

  private void run(String node) {
    if (!node.equals(running)) {
      if (running != null) {
        done.add(running);
      }
      running = node;
      within = 0;
    }
  }

  private void advance(PromptEvent.NodeSteps progress) {
    run(progress.node());
    if (progress.max() > 0) {
      within = Math.clamp((double) progress.value() / progress.max(), 0, 1);
      if (nodes.samples(progress.node())) {
        step = progress.value();
        steps = progress.max();
      }
    }
  }

  private synchronized void tell() {
    double sum = done.contains(running) ? 0 : weights.getOrDefault(running, 0.0) * within;
    for (String node : done) {
      sum += weights.getOrDefault(node, 0.0);
    }
    highest = Math.clamp(sum, highest, 1);
    if (!muted) {
      listener.progress(highest, step, steps, running == null ? "" : nodes.title(running));
    }
  }
}
