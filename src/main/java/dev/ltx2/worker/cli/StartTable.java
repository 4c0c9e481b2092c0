package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;

/** The record of a start as a table. */
final class StartTable {
  private static final Map<String, String> MEANINGS =
      Map.of(
          "process", "from the process's start to the command's",
          "first_take", "from the process's start to the first question for a job",
          "comfyui_import", "from ComfyUI's start until all its modules are loaded",
          "server_up", "from there until it answers",
          "workflow_check", "the look at ComfyUI's nodes and models",
          "warm_up", "the video that loads the models",
          "ready", "from the process's start until jobs need not wait any more",
          "first_job", "the first job's own time");

  private StartTable() {}

  /** Prints it; false where there is none. */
  static boolean print(Path file, PrintWriter out) {
    try {
      JsonNode record = new ObjectMapper().readTree(Files.readAllBytes(file));
      out.printf(
          "The last start of `serve` on this machine, as of %s; steps overlap%n",
          Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS));
      rows(record.path("seconds"), "", out);
      rows(record.path("warm_up_by_model"), "warm-up: ", out);
      return true;
    } catch (IOException e) {
      out.println(
          "No start is recorded: `serve` writes "
              + file
              + " when it starts, and there is none. `local` and `run` record nothing");
      return false;
    } finally {
      out.flush();
    }
  }

  private static void rows(JsonNode seconds, String before, PrintWriter out) {
    for (var phase : seconds.properties()) {
      String name = before + phase.getKey().replace('_', ' ');
      String meaning = MEANINGS.getOrDefault(phase.getKey(), "");
      String line = String.format(Locale.ROOT, "%-40s %8.2f s", name, phase.getValue().asDouble());
      out.println(meaning.isEmpty() ? line : line + "  " + meaning);
    }
  }
}
