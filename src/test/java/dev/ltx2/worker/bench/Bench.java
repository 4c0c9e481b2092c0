package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/**
 * What the worker itself costs: medians with their spread, ratios taken pair by pair within one
 * run, since the machine's speed drifts. Run by {@code scripts/bench}.
 */
public final class Bench {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private interface Group {
    List<Row> rows(int runs, Path work) throws Exception;
  }

  private final Map<String, Group> groups = new LinkedHashMap<>();
  private int runs = 7;
  private Pattern only = Pattern.compile(".*");
  private boolean check;
  private boolean write;

  private Bench() {
    groups.put("reference", (runs, work) -> List.of(Reference.row(runs)));
    groups.put("job", JobBench::rows);
    groups.put("peer", PeerBench::rows);
    groups.put("loop", (runs, work) -> LoopBench.rows(runs));
    groups.put("idle", IdleBench::rows);
    groups.put("start", StartBench::rows);
    groups.put("media", MediaBench::rows);
    groups.put("memory", (runs, work) -> MemoryBench.rows(work));
    groups.put("soak", (runs, work) -> SoakBench.rows(work));
    groups.put("prefetch", PrefetchBench::rows);
    groups.put("upload", (runs, work) -> UploadRows.rows());
    groups.put("local-api", (runs, work) -> LocalApiRows.rows(work));
  }

  /** Prints the table, writes it as JSON and, if asked, compares it with the baseline. */
  public static void main(String[] args) throws Exception {
    Bench bench = new Bench();
    if (!bench.understands(args)) {
      System.err.printf(
          """
          usage: scripts/bench [RUNS] [--only GROUP,…] [--check | --write-baseline]
            RUNS              of each row, 7 unless said
            --only            these groups of rows alone: %s
            --check           exits 1 where a row is clearly worse than the baseline of
                              test-fixtures/bench-baseline.json
            --write-baseline  makes this run the one that others are compared with
          """,
          String.join(", ", bench.groups.keySet()));
      System.exit(2);
    }
    // A library's warnings are not what is measured.
    Logging.text(LogLevel.ERROR, System.err);
    Logger.getLogger("").setLevel(Level.OFF);
    System.exit(bench.run() ? 0 : 1);
  }

  private boolean understands(String[] args) {
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--check" -> check = true;
        case "--write-baseline" -> write = true;
        case "--only" -> {
          if (++i == args.length) {
            return false;
          }
          only = Pattern.compile("reference|" + args[i].replace(",", "|"));
        }
        case String number when number.matches("[1-9]\\d{0,3}") -> runs = Integer.parseInt(number);
        default -> {
          return false;
        }
      }
    }
    return !(check && write);
  }

  private boolean run() throws Exception {
    Path work = Files.createTempDirectory("ltx2-bench-");
    List<Row> rows = new ArrayList<>();
    System.out.printf(
        Locale.ROOT,
        "%-66s %-6s %10s %10s %10s %5s  %s%n",
        "what",
        "unit",
        "median",
        "min",
        "max",
        "runs",
        "target");
    for (var group : groups.entrySet()) {
      if (only.matcher(group.getKey()).matches()) {
        Path folder = Files.createDirectories(work.resolve(group.getKey()));
        List<Row> more = group.getValue().rows(runs, folder);
        more.forEach(Bench::print);
        rows.addAll(more);
      }
    }
    write(Path.of("target/bench.json"), rows);
    Baseline baseline = new Baseline(Path.of("test-fixtures"));
    if (write) {
      baseline.write(rows);
    }
    return !check || baseline.holds(rows);
  }

  private static void print(Row row) {
    System.out.printf(
        Locale.ROOT,
        "%-66s %-6s %10.2f %10.2f %10.2f %5d  %s%n",
        row.name(),
        row.unit(),
        row.median(),
        row.least(),
        row.most(),
        row.values().size(),
        row.target());
  }

  private static void write(Path file, List<Row> rows) throws Exception {
    List<ObjectNode> entries = new ArrayList<>();
    for (Row row : rows) {
      ObjectNode node =
          JSON.createObjectNode()
              .put("name", row.name())
              .put("unit", row.unit())
              .put("median", row.median())
              .put("min", row.least())
              .put("max", row.most())
              .put("runs", row.values().size());
      if (!row.target().isEmpty()) {
        node.put("target", row.target());
      }
      entries.add(node);
    }
    Files.createDirectories(file.getParent());
    JSON.writeValue(file.toFile(), entries);
    System.out.println("\nAs JSON: " + file);
  }
}
