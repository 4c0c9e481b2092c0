package dev.ltx2.worker.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.request.Mode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Every model set and mode on a running ComfyUI and on the rehearsal: both must make exactly the
 * planned frames, size and lengths, and random requests must become the same on both. Run by {@code
 * scripts/verify-sets URL [requests] [seed] [set…]}, with {@code SWEEP_CELLS=no} the random ones
 * alone; exit 1 if anything differs.
 */
public final class Sweep {
  private final List<String> differences = new ArrayList<>();
  private final Map<String, int[]> counts = new TreeMap<>();
  private final SweepEngine real;
  private final SweepEngine rehearsed;
  private final SweepRequests requests;

  private Sweep(SweepEngine real, SweepEngine rehearsed, SweepRequests requests) {
    this.real = real;
    this.rehearsed = rehearsed;
    this.requests = requests;
  }

  /** Prints a line for each cell and set; then what differed. */
  public static void main(String[] args) throws Exception {
    Logging.text(LogLevel.ERROR, System.err);
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 120;
    long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    Path work = Files.createTempDirectory("ltx2-sweep-");
    Path inputs = Files.createDirectory(work.resolve("inputs"));
    SweepRequests requests = new SweepRequests(inputs);
    try (Rehearsal rehearsal = LtxRehearsal.start(work.resolve("rehearsal"));
        SweepEngine real = new SweepEngine(URI.create(args[0]), inputs);
        SweepEngine rehearsed = new SweepEngine(rehearsal.url(), inputs)) {
      Sweep sweep = new Sweep(real, rehearsed, requests);
      Map<String, Workflows> sets =
          sets(List.of(args).subList(Math.min(3, args.length), args.length));
      for (Map.Entry<String, Workflows> set : sets.entrySet()) {
        if (!"no".equals(System.getenv("SWEEP_CELLS"))) {
          sweep.cells(set.getKey(), set.getValue());
        }
        sweep.random(set.getKey(), set.getValue(), seed, count / sets.size() + 1);
      }
      sweep.counts.forEach((what, good) ->
          System.out.printf(Locale.ROOT, "%-32s %d of %d%n", what, good[0], good[1]));
      sweep.differences.forEach(System.out::println);
      System.exit(sweep.differences.isEmpty() ? 0 : 1);
    }
  }

  private static Map<String, Workflows> sets(List<String> wanted) throws Exception {
    Map<String, Workflows> sets = new TreeMap<>();
    try (Stream<Path> folders = Files.list(Path.of("workflows"))) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        String name = folder.getFileName().toString();
        if (wanted.isEmpty() || wanted.contains(name)) {
          sets.put(name, Workflows.load(folder));
        }
      }
    }
    return sets;
  }

  private void cells(String name, Workflows set) throws Exception {
    for (Mode mode : Mode.values()) {
      if (!set.set().request().modes().contains(mode)) {
        continue;
      }
      for (var cell : requests.cells(mode).entrySet()) {
        String what = "%s, mode %s, %s".formatted(name, mode.label(), cell.getKey());
        compare(name + " cells", what, set, cell.getValue(), true);
      }
    }
  }

  private void random(String name, Workflows set, long seed, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      Random random = new Random(31 * (seed * 1000 + i) + name.hashCode());
      JsonNode request = requests.random(set, random);
      compare(name + " random", "%s, random %d".formatted(name, i), set, request, false);
    }
  }

  private void compare(
      String group, String what, Workflows set, JsonNode request, boolean mustSucceed)
      throws Exception {
    long start = Clock.SYSTEM.nanos();
    SweepEngine.Outcome one = rehearsed.run(set, request);
    SweepEngine.Outcome other = real.run(set, request);
    List<String> found = new ArrayList<>();
    for (int i = 0; i < one.comparable().size(); i++) {
      if (!one.comparable().get(i).equals(other.comparable().get(i))) {
        found.add(
            "rehearsal: " + one.comparable().get(i) + "\n  ComfyUI: " + other.comparable().get(i));
      }
    }
    if (mustSucceed || other.exit().equals("success")) {
      unplanned(other, found);
      unplanned(one, found);
    }
    int[] good = counts.computeIfAbsent(group, _ -> new int[2]);
    good[0] += found.isEmpty() ? 1 : 0;
    good[1]++;
    found.forEach(each -> differences.add(what + ": " + request + "\n  " + each));
    System.out.printf(
        Locale.ROOT,
        "%-60s %s %-40s %.1f s%n",
        what,
        found.isEmpty() ? "good" : "DIFFERS",
        other.comparable().get(4) + (other.exit().equals("success") ? "" : other.exit()),
        Clock.SYSTEM.since(start).toMillis() / 1000.0);
  }

  /** What of a video is not as it was planned. */
  private static void unplanned(SweepEngine.Outcome outcome, List<String> found) {
    if (outcome.plan().isEmpty() || outcome.video().isEmpty()) {
      found.add("no video: " + outcome.exit());
      return;
    }
    GenerationPlan plan = outcome.plan().get();
    Mp4 video = outcome.video().get();
    if (video.frames() != plan.deliveredFrames()
        || video.width() != plan.width()
        || video.height() != plan.height()
        || Math.abs(video.fps() - plan.fps()) > 0.01
        || Math.abs(video.audioSeconds() - video.videoSeconds()) > 1024 / 16_000.0) {
      found.add("planned %s, made %s".formatted(plan, video));
    }
  }
}
