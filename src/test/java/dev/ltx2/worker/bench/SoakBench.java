package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.Stored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Scanner;

/** The memory of one process over many jobs, the rehearsal's own included. */
public final class SoakBench {
  private static final int JOBS = 500;
  private static final int EARLY = 100;

  private SoakBench() {}

  static List<Row> rows(Path work) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SoakBench.class.getName(),
                work.resolve("soak").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Double> figures;
    try (Scanner scanner = new Scanner(process.getInputStream(), StandardCharsets.UTF_8)) {
      figures = scanner.useLocale(Locale.ROOT).tokens().map(Double::parseDouble).toList();
    }
    if (process.waitFor() != 0) {
      throw new IOException("the run of " + JOBS + " jobs failed");
    }
    String name = "resident after %d jobs, rehearsal included, -Xmx128m";
    return List.of(
        new Row(name.formatted(EARLY), "MB", figures.subList(0, 1), ""),
        new Row(name.formatted(JOBS), "MB", figures.subList(1, 2), ""));
  }

  /** The child: runs the jobs, and prints its resident memory in MB twice. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    int jobs = args.length > 1 ? Integer.parseInt(args[1]) : JOBS;
    try (Rehearsal rehearsal = LtxRehearsal.start(folder);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      VideoJob job =
          new VideoJob(
              new Downloads(
                  Downloads.Options.DEFAULTS.withFiles(Path.of("test-fixtures/media")),
                  Clock.SYSTEM),
              new VideoGenerator(
                  "rehearsal",
                  Workflows.load(Path.of("workflows/ltx-2")),
                  comfyUi,
                  Duration.ofMinutes(5),
                  Clock.SYSTEM),
              (id, video, name, _, _) -> new Stored.Local(video),
              Clock.SYSTEM,
              new Random(1));
      ObjectNode request =
          new ObjectMapper()
              .createObjectNode()
              .put("image_url", "portrait.jpg")
              .put("audio_url", "tone-cbr.mp3")
              .put("width", 128)
              .put("height", 96)
              .put("steps", 2);
      for (int i = 1; i <= jobs; i++) {
        job.run(new Job("soak-" + i, request.deepCopy()), ProgressListener.NONE).close();
        if (i == Math.min(EARLY, jobs) || i == jobs) {
          System.out.printf(Locale.ROOT, "%.1f%n", resident());
        }
      }
    }
  }

  private static double resident() throws IOException {
    String now =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .findFirst()
            .orElseThrow()
            .replaceAll("\\D", "");
    return Long.parseLong(now) / 1024.0;
  }
}
