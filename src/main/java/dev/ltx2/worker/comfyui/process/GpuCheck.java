package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.process.GpuProbe.Found;
import dev.ltx2.worker.comfyui.process.GpuProbe.Gpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the GPU can make videos, seen before ComfyUI has imported anything.
 *
 * @param fault why it cannot, with the remedy
 * @param notes what is worth knowing
 * @param passing whether the fault may be gone in some seconds
 */
public record GpuCheck(Optional<String> fault, List<String> notes, boolean passing) {
  /** In {@code torch/version.py}: {@code cuda: Optional[str] = '12.8'}. */
  private static final Pattern WHEELS = Pattern.compile("(?m)^cuda\\b.*= *'(\\d+\\.\\d+)'");

  /** What a GPU that nobody else uses has in use: the driver's own, and a desktop. */
  private static final double LEAST_FREE = 0.75;

  /** It takes a tenth of a second; on a cold volume more. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long MIB = 1 << 20;

  /** Makes it unchangeable. */
  public GpuCheck {
    notes = List.copyOf(notes);
  }

  /**
   * Compares them.
   *
   * @param wheels CUDA's version that ComfyUI's torch was built for; empty where it is unknown
   * @param largestModel bytes of the model set's largest file
   */
  public static GpuCheck of(Found found, Optional<String> wheels, long largestModel) {
    return switch (found) {
      case Found.Unknown _ ->
          new GpuCheck(
              Optional.empty(), List.of("there is no nvidia-smi: the GPU is not checked"), false);
      case Found.Unusable(String reason) ->
          new GpuCheck(
              Optional.of(
                  reason
                      + "; the host's driver must be loaded and given to the container (docker run"
                      + " --gpus all)"),
              List.of(),
              false);
      case Found.Gpus(List<Gpu> gpus, Optional<String> cuda) ->
          of(freest(gpus), cuda, wheels, largestModel);
    };
  }

  /** Which of several ComfyUI takes is not known here. */
  private static Gpu freest(List<Gpu> gpus) {
    return gpus.stream().max(Comparator.comparingLong(Gpu::free)).orElseThrow();
  }

  private static GpuCheck of(
      Gpu gpu, Optional<String> cuda, Optional<String> wheels, long largestModel) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "%s, driver %s, CUDA %s, %d of %d MiB free"
            .formatted(gpu.name(), gpu.driver(), cuda.orElse("?"), gpu.free(), gpu.total()));
    Optional<String> fault = Optional.empty();
    if (cuda.isPresent() && wheels.isPresent()) {
      fault = driver(gpu, cuda.get(), wheels.get(), notes);
    }
    boolean crowded = fault.isEmpty() && gpu.free() < gpu.total() * LEAST_FREE;
    if (crowded) {
      fault =
          Optional.of(
              "%d of the GPU's %d MiB are in use by something else: end it, or choose another GPU"
                  .formatted(gpu.total() - gpu.free(), gpu.total()));
    }
    if (largestModel > gpu.free() * MIB) {
      notes.add(
          "the largest model file has %.1f GB: a part of it waits in the host's memory"
              .formatted(largestModel / 1e9));
    }
    return new GpuCheck(fault, notes, crowded);
  }

  /** CUDA runs with any driver of its own major version; older ones refuse it. */
  private static Optional<String> driver(Gpu gpu, String cuda, String wheels, List<String> notes) {
    int known = major(cuda);
    if (major(wheels) > known) {
      return Optional.of(
          "driver %s knows CUDA %s, ComfyUI's torch is built for %s: take an image of CUDA %d, or"
                  .formatted(gpu.driver(), cuda, wheels, known)
              + " machines with CUDA "
              + wheels
              + " or newer (the endpoint's CUDA versions)");
    }
    if (major(wheels) == known && minor(wheels) > minor(cuda)) {
      notes.add(
          "driver %s knows CUDA %s only, torch is built for %s: GPUs that are newer than the driver"
                  .formatted(gpu.driver(), cuda, wheels)
              + " may lack kernels");
    }
    return Optional.empty();
  }

  private static int major(String version) {
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }

  private static int minor(String version) {
    return Integer.parseInt(version.substring(version.indexOf('.') + 1));
  }

  /** CUDA's version of the torch that this Python has; it is not imported, which takes seconds. */
  public static Optional<String> wheels(String python) throws InterruptedException {
    String question =
        "import importlib.util as u, os; s = u.find_spec('torch');"
            + " print(os.path.dirname(s.origin) if s and s.origin else '')";
    try {
      BoundedProgram said = BoundedProgram.run(List.of(python, "-c", question), PATIENCE);
      String folder = said.code() == 0 && !said.lines().isEmpty() ? said.lines().getLast() : "";
      return folder.isEmpty() ? Optional.empty() : version(Path.of(folder, "version.py"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> version(Path file) throws IOException {
    Matcher cuda = WHEELS.matcher(Files.readString(file));
    return cuda.find() ? Optional.of(cuda.group(1)) : Optional.empty();
  }
}
