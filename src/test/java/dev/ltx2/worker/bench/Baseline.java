package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The run that later ones are compared with. Times that a machine's speed makes are kept as
 * multiples of {@link Reference}, everything else as it is; a row fails when it is worse by half
 * and by more than the noise.
 */
final class Baseline {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Clearly worse. */
  private static final double LOSS = 1.5;

  /** In milliseconds or MB: below it nothing is clear. */
  private static final double NOISE = 10;

  private final Path file;

  Baseline(Path folder) {
    file = folder.resolve("bench-baseline.json");
  }

  void write(List<Row> rows) throws IOException {
    ObjectNode all = JSON.createObjectNode();
    double reference = reference(rows);
    for (Row row : rows) {
      ObjectNode entry = all.putObject(row.name()).put("unit", row.unit());
      if (scales(row)) {
        entry.put("times_reference", rounded(row.median() / reference));
      } else {
        entry.put("median", rounded(row.median()));
      }
    }
    JSON.writeValue(file.toFile(), all);
    System.out.println("Baseline: " + file);
  }

  /** Prints what is clearly worse; true when nothing is. */
  boolean holds(List<Row> rows) throws IOException {
    JsonNode all = JSON.readTree(Files.readAllBytes(file));
    double reference = reference(rows);
    boolean good = true;
    for (Row row : rows) {
      JsonNode entry = all.path(row.name());
      double before =
          entry.has("times_reference")
              ? entry.get("times_reference").asDouble() * reference
              : entry.path("median").asDouble(Double.MAX_VALUE);
      if (row.least() > before * LOSS && row.least() - before > noise(row)) {
        System.out.printf(
            Locale.ROOT,
            "WORSE  %s: %.2f %s at best, %.2f expected here%n",
            row.name(),
            row.least(),
            row.unit(),
            before);
        good = false;
      }
    }
    System.out.println(good ? "No clear loss against " + file : "");
    return good;
  }

  private static double noise(Row row) {
    return row.unit().equals("ratio") ? 0.2 : NOISE;
  }

  /** Sleeps are as long on every machine. */
  private static boolean scales(Row row) {
    return row.unit().equals("ms") && !row.name().contains("0.3 s");
  }

  private static double reference(List<Row> rows) {
    return rows.stream()
        .filter(row -> row.name().equals(Reference.NAME))
        .findFirst()
        .orElseThrow()
        .median();
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
