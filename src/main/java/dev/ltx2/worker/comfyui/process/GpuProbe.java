package dev.ltx2.worker.comfyui.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the driver's own program, {@code nvidia-smi}, for the GPUs of this machine. */
public final class GpuProbe {
  private static final String QUERY =
      "--query-gpu=name,driver_version,memory.total,memory.free,memory.used";
  private static final String FORMAT = "--format=csv,noheader,nounits";
  private static final Pattern CUDA = Pattern.compile("CUDA (?:UMD )?Version *: *(\\d+\\.\\d+)");

  /** A driver that hangs is of no use either. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Optional<Path> program;

  private GpuProbe(Optional<Path> program) {
    this.program = program;
  }

  /** With the program that this {@code PATH} has. */
  public static GpuProbe on(String path) {
    return new GpuProbe(
        Arrays.stream(path.split(":", -1))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder, "nvidia-smi"))
            .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
            .findFirst());
  }

  /**
   * One GPU.
   *
   * @param driver its version, such as 570.86.10
   * @param total of its memory, in MiB
   * @param free of it, in MiB
   * @param used of it, by whomever, in MiB
   */
  public record Gpu(String name, String driver, long total, long free, long used) {}

  /** What there is. */
  public sealed interface Found {
    /**
     * GPUs that answer.
     *
     * @param cuda the newest version that the driver knows, such as 12.8; empty where it is not
     *     told
     */
    record Gpus(List<Gpu> gpus, Optional<String> cuda) implements Found {}

    /** The program says that there is none, or that it cannot be reached. */
    record Unusable(String reason) implements Found {}

    /** There is no such program: another maker's GPU, or none. */
    record Unknown() implements Found {}
  }

  /** Asks; takes a tenth of a second, or some on a machine whose driver sleeps. */
  public Found find() throws InterruptedException {
    if (program.isEmpty()) {
      return new Found.Unknown();
    }
    try {
      BoundedProgram gpus = ask(QUERY, FORMAT);
      List<Gpu> found = gpus.lines().stream().map(GpuProbe::gpu).flatMap(Optional::stream).toList();
      if (gpus.code() != 0 || found.isEmpty()) {
        return new Found.Unusable("nvidia-smi: " + gpus.shown());
      }
      return new Found.Gpus(found, cuda());
    } catch (IOException e) {
      return new Found.Unusable("nvidia-smi cannot be run: " + e.getMessage());
    }
  }

  /** The memory in use on the first GPU, in MiB; empty where it cannot be told. */
  public Optional<Long> used() throws InterruptedException {
    return find() instanceof Found.Gpus(List<Gpu> gpus, var _)
        ? Optional.of(gpus.getFirst().used())
        : Optional.empty();
  }

  /** Newer drivers say it by {@code --version}, all of them above their table. */
  private Optional<String> cuda() throws IOException, InterruptedException {
    for (String[] words : List.of(new String[] {"--version"}, new String[0])) {
      Matcher told = CUDA.matcher(String.join("\n", ask(words).lines()));
      if (told.find()) {
        return Optional.of(told.group(1));
      }
    }
    return Optional.empty();
  }

  private static Optional<Gpu> gpu(String line) {
    String[] cells = line.split(" *, *", -1);
    if (cells.length < 5) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Gpu(
              cells[0],
              cells[1],
              Long.parseLong(cells[2]),
              Long.parseLong(cells[3]),
              Long.parseLong(cells[4])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private BoundedProgram ask(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.orElseThrow().toString()));
    command.addAll(List.of(words));
    return BoundedProgram.run(command, PATIENCE);
  }
}
