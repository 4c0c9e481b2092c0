package dev.ltx2.worker.bench;

import dev.ltx2.worker.media.Mp4;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;

/** What delivering a big video takes of memory in a process with a heap of 64 MB. */
public final class MemoryBench {
  private MemoryBench() {}

  static List<Row> rows(Path work) throws Exception {
    Path video = MediaBench.video(work.resolve("big.mp4"), 1920, 1088, 600);
    Path audio = MediaBench.audio(work.resolve("big.flac"), 21);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                MemoryBench.class.getName(),
                video.toString(),
                audio.toString(),
                work.resolve("big-delivered.mp4").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Double> figures;
    try (Scanner scanner = new Scanner(process.getInputStream(), StandardCharsets.UTF_8)) {
      figures = scanner.useLocale(Locale.ROOT).tokens().map(Double::parseDouble).toList();
    }
    if (process.waitFor() != 0) {
      throw new IOException("the run with 64 MB of heap failed");
    }
    String name =
        String.format(
            Locale.ROOT, "deliver a video of %d MB with -Xmx64m: ", Files.size(video) >> 20);
    return List.of(
        new Row(name + "heap peak", "MB", figures.subList(0, 1), "<= 64"),
        new Row(name + "resident peak", "MB", figures.subList(1, 2), ""));
  }

  /** The child: delivers, then prints the peaks of heap and resident memory in MB. */
  public static void main(String[] args) throws Exception {
    Mp4.deliver(Path.of(args[0]), Path.of(args[1]), 590, Path.of(args[2]));
    long heap =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getPeakUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum();
    String peak =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .findFirst()
            .orElseThrow()
            .replaceAll("\\D", "");
    System.out.printf(Locale.ROOT, "%.1f %.1f%n", heap / 1048576.0, Long.parseLong(peak) / 1024.0);
  }
}
