package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns events into a fraction that never falls, also when the prompt is run again or has several
 * samplers: their steps are counted as one row. How long is left is told by their pace instead,
 * since a step of a later stage costs more.
 */
final class PromptProgress {
  /** What the samplers take of the whole; the other nodes share the rest evenly. */
  private static final double SAMPLING = 0.85;

  /** One sampler's steps: those planned, those heard of, and when. */
  private static final class Sampler {
    /** Of a step, beside one on the smallest latent. */
    private final double cost;

    private int steps;
    private int done;
    private int firstHeard;
    private long firstAt;
    private long lastAt;

    Sampler(int steps, double cost) {
      this.steps = steps;
      this.cost = cost;
    }

    void hear(int step, int of, long now) {
      if (firstHeard == 0) {
        firstHeard = step;
        firstAt = now;
      }
      steps = of;
      done = Math.clamp(step, 0, of);
      lastAt = now;
    }

    void forget() {
      done = 0;
      firstHeard = 0;
    }

    /** Nanoseconds of a step; the first one is not measured, models are loaded in it. */
    Optional<Double> pace() {
      return done > firstHeard && firstHeard > 0
          ? Optional.of((double) (lastAt - firstAt) / (done - firstHeard))
          : Optional.empty();
    }
  }

  private final GraphNodes nodes;
  private final GenerationListener listener;
  private final Clock time;
  private final Map<String, Sampler> samplers = new LinkedHashMap<>();
  private final Map<String, Double> others = new HashMap<>();
  private final Set<String> done = new HashSet<>();
  private @Nullable String running;
  private double within;
  private boolean sampling;
  private double highest;
  private boolean muted;

  PromptProgress(GraphNodes nodes, GenerationListener listener, Clock time) {
    this.nodes = nodes;
    this.listener = listener;
    this.time = time;
    for (String id : nodes.ids()) {
      if (nodes.samples(id)) {
        samplers.put(id, new Sampler(nodes.steps(id), nodes.stepCost(id)));
      }
    }
    double share = samplers.isEmpty() ? 1 : 1 - SAMPLING;
    for (String id : nodes.ids()) {
      if (!samplers.containsKey(id)) {
        others.put(id, share / (nodes.ids().size() - samplers.size()));
      }
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
    sampling = false;
    samplers.values().forEach(Sampler::forget);
  }

  void hear(PromptEvent.OfPrompt event) {
    switch (event) {
      case PromptEvent.Cached cached -> cached.nodes().forEach(this::end);
      case PromptEvent.Executing executing -> run(executing.node());
      case PromptEvent.Executed executed -> end(executed.node());
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

  private void end(String node) {
    done.add(node);
    Sampler sampler = samplers.get(node);
    if (sampler != null) {
      sampler.done = sampler.steps;
    }
  }

  private void run(String node) {
    if (!node.equals(running)) {
      if (running != null) {
        end(running);
      }
      running = node;
      within = 0;
    }
  }

  private void advance(PromptEvent.NodeSteps progress) {
    run(progress.node());
    if (progress.max() <= 0) {
      return;
    }
    Sampler sampler = samplers.get(progress.node());
    if (sampler == null) {
      within = Math.clamp((double) progress.value() / progress.max(), 0, 1);
    } else {
      sampler.hear(progress.value(), progress.max(), time.nanos());
      sampling = true;
    }
  }

  private synchronized void tell() {
    int steps = samplers.values().stream().mapToInt(sampler -> sampler.steps).sum();
    int step = samplers.values().stream().mapToInt(sampler -> sampler.done).sum();
    highest = Math.clamp(othersDone() + sampled(), highest, 1);
    if (!muted) {
      left().ifPresent(listener::left);
      String title = running == null ? "" : nodes.title(running);
      listener.progress(highest, sampling ? step : 0, sampling ? steps : 0, title);
    }
  }

  /**
   * The share of the whole that the samplers have done; a schedule that is not known counts one.
   */
  private double sampled() {
    double all = 0;
    double ready = 0;
    for (Map.Entry<String, Sampler> each : samplers.entrySet()) {
      Sampler sampler = each.getValue();
      int steps = Math.max(1, sampler.steps);
      all += steps;
      ready += done.contains(each.getKey()) ? steps : Math.min(sampler.done, steps);
    }
    return all == 0 ? 0 : SAMPLING * ready / all;
  }

  private double othersDone() {
    double sum = done.contains(running) ? 0 : others.getOrDefault(running, 0.0) * within;
    for (String node : done) {
      sum += others.getOrDefault(node, 0.0);
    }
    return sum;
  }

  /**
   * The steps still to do at the pace measured: of a sampler that has none yet, at that of the one
   * before it and the cost of its own steps. The other nodes in proportion.
   */
  private Optional<Duration> left() {
    double pace = 0;
    double whole = 0;
    double left = 0;
    for (Sampler sampler : samplers.values()) {
      pace = sampler.pace().map(nanos -> nanos / sampler.cost).orElse(pace);
      whole += pace * sampler.cost * sampler.steps;
      left += pace * sampler.cost * (sampler.steps - sampler.done);
    }
    if (pace == 0) {
      return Optional.empty();
    }
    double rest = whole / SAMPLING * Math.max(0, 1 - SAMPLING - othersDone());
    return Optional.of(Duration.ofNanos((long) (left + rest)));
  }
}
