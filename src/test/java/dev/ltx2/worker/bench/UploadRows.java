package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A video of 200 MB on its way into a bucket, from a process with a heap of 64 MB. */
final class UploadRows {
  private static final String BENCH = "dev.ltx2.worker.storage.UploadBench";

  private UploadRows() {}

  static List<Row> rows() throws Exception {
    Process bucket = java("-Xmx256m", BENCH, "serve", "0");
    try (BufferedReader said = bucket.inputReader(StandardCharsets.UTF_8)) {
      Process upload = java("-Xmx64m", BENCH, "upload", said.readLine(), "200", "3");
      List<Double> milliseconds = new ArrayList<>();
      List<Double> heap = new ArrayList<>();
      for (String line : upload.inputReader(StandardCharsets.UTF_8).lines().toList()) {
        JsonNode figures = new ObjectMapper().readTree(line);
        milliseconds.add(figures.get("ms").asDouble());
        heap.add(figures.get("peak_heap_mb").asDouble());
      }
      if (upload.waitFor() != 0) {
        throw new IOException("the upload with 64 MB of heap failed");
      }
      return List.of(
          new Row("upload 200 MB with -Xmx64m", "ms", milliseconds, ""),
          new Row("upload 200 MB with -Xmx64m: heap peak", "MB", heap, "<= 64"));
    } finally {
      bucket.destroy();
    }
  }

  private static Process java(String heap, String... words) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(List.of(words));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
