package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The record of a start as a table. */
final class StartTable {
  private StartTable() {}

  /** Prints it; false where there is none. */
  static boolean print(Path file, PrintWriter out) {
    try {
      JsonNode record = new ObjectMapper().readTree(Files.readAllBytes(file));
      rows(record.path("seconds"), "", out);
      rows(record.path("warm_up_by_model"), "warm-up: ", out);
      return true;
    } catch (IOException e) {
      out.println("no start is recorded: " + file + " cannot be read; `serve` writes it");
      return false;
    } finally {
      out.flush();
    }
  }

  private static void rows(JsonNode seconds, String before, PrintWriter out) {
    for (var phase : seconds.properties()) {
      String name = before + phase.getKey().replace('_', ' ');
      out.printf(Locale.ROOT, "%-40s %8.2f s%n", name, phase.getValue().asDouble());
    }
  }
}
