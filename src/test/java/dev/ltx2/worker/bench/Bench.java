package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the worker itself costs: medians with their spread, ratios taken pair by pair within one
 * run, since the machine's speed drifts. Run by {@code scripts/bench [runs]}.
 */
public final class Bench {
  private Bench() {}

  /** Prints the table and writes it as JSON. */
  public static void main(String[] args) throws Exception {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 7;
    Path work = Files.createTempDirectory("ltx2-bench-");
    List<Row> rows = new ArrayList<>();
    rows.addAll(JobBench.rows(runs, work));
    rows.addAll(LoopBench.rows(runs, work));
    rows.addAll(MediaBench.rows(runs, work));
    rows.addAll(MemoryBench.rows(work));
    rows.addAll(UploadRows.rows());
    rows.addAll(LocalApiRows.rows(work));
    print(rows);
    Path json = Path.of("target/bench.json");
    Files.createDirectories(json.getParent());
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), json(rows));
    System.out.println("\nAs JSON: " + json);
  }

  private static void print(List<Row> rows) {
    System.out.printf(
        Locale.ROOT,
        "%-58s %-6s %10s %10s %10s %5s  %s%n",
        "what",
        "unit",
        "median",
        "min",
        "max",
        "runs",
        "target");
    for (Row row : rows) {
      System.out.printf(
          Locale.ROOT,
          "%-58s %-6s %10.2f %10.2f %10.2f %5d  %s%n",
          row.name(),
          row.unit(),
          row.median(),
          row.least(),
          row.most(),
          row.values().size(),
          row.target());
    }
  }

  private static ArrayNode json(List<Row> rows) {
    ArrayNode array = new ObjectMapper().createArrayNode();
    for (Row row : rows) {
      ObjectNode node =
          array
              .addObject()
              .put("name", row.name())
              .put("unit", row.unit())
              .put("median", row.median())
              .put("min", row.least())
              .put("max", row.most())
              .put("runs", row.values().size());
      if (!row.target().isEmpty()) {
        node.put("target", row.target());
      }
    }
    return array;
  }
}
