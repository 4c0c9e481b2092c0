package dev.ltx2.worker.common;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a worker's start took, phase by phase. Phases overlap: jobs are asked for while ComfyUI
 * imports. Each counts once, the first time.
 */
public final class StartTimes {
  /** The phases, in the order in which they usually end. */
  public enum StartPhase {
    /** From the process's start to the command's. */
    PROCESS,
    /** From the process's start to the first question for a job. */
    FIRST_TAKE,
    /** From ComfyUI's start until all its modules are loaded. */
    COMFYUI_IMPORT,
    /** From there until it answers. */
    SERVER_UP,
    /** The look at ComfyUI's nodes and models. */
    WORKFLOW_CHECK,
    /** The video that loads the models. */
    WARM_UP,
    /** From the process's start until jobs need not wait any more. */
    READY,
    /** The first job's own time. */
    FIRST_JOB;

    /** As the record names it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A node that loads nothing is not worth a word. */
  private static final Duration LEAST = Duration.ofMillis(50);

  private final Clock time;
  private final long origin;
  private final Map<StartPhase, Duration> phases = new EnumMap<>(StartPhase.class);
  private final Map<String, Duration> nodes = new LinkedHashMap<>();
  private final CopyOnWriteArrayList<Consumer<StartTimes>> listeners = new CopyOnWriteArrayList<>();
  private boolean told;

  /**
   * A record that begins now.
   *
   * @param before what had passed already
   */
  public StartTimes(Clock time, Duration before) {
    this.time = time;
    this.origin = time.nanos() - before.toNanos();
  }

  /** Of this process, since the system started it. */
  public static StartTimes ofProcess() {
    Instant now = Instant.now();
    Instant start = ProcessHandle.current().info().startInstant().orElse(now);
    Duration before = Duration.between(start, now);
    return new StartTimes(Clock.SYSTEM, before.isNegative() ? Duration.ZERO : before);
  }

  /** Is told after each change, by the thread that made it. */
  public void onChange(Consumer<StartTimes> listener) {
    listeners.add(listener);
  }

  /** This phase, counted from the process's start, ends now. */
  public void reached(StartPhase phase) {
    took(phase, time.since(origin));
  }

  /** This phase took so long. */
  public void took(StartPhase phase, Duration duration) {
    synchronized (this) {
      if (phases.putIfAbsent(phase, duration) != null) {
        return;
      }
    }
    listeners.forEach(listener -> listener.accept(this));
  }

  /** The warm-up was so long at this node, which is how long its model took to load. */
  public synchronized void warmed(String node, Duration duration) {
    if (duration.compareTo(LEAST) >= 0) {
      nodes.merge(node, duration, Duration::plus);
    }
  }

  /** Since the process began. */
  public Duration age() {
    return time.since(origin);
  }

  /** True for one caller, who passes the record on with the first job. */
  public synchronized boolean tell() {
    boolean first = !told;
    told = true;
    return first;
  }

  /** Seconds of each phase that has ended, to the millisecond. */
  public synchronized Map<String, Double> seconds() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    phases.forEach((phase, duration) -> seconds.put(phase.label(), seconds(duration)));
    return seconds;
  }

  /** Seconds of the warm-up by node. */
  public synchronized Map<String, Double> warmUpSeconds() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    nodes.forEach((node, duration) -> seconds.put(node, seconds(duration)));
    return seconds;
  }

  /** For a log line. */
  @Override
  public String toString() {
    String models = shown(warmUpSeconds());
    return shown(seconds()) + (models.isEmpty() ? "" : "; warm-up by model: " + models);
  }

  private static String shown(Map<String, Double> seconds) {
    return seconds.entrySet().stream()
        .map(entry ->
            String.format(
                Locale.ROOT, "%s %.2f s", entry.getKey().replace('_', ' '), entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
