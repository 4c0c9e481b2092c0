package dev.ltx2.worker.comfyui.process;

import java.util.List;
import java.util.Optional;

/** What torch says of a GPU that another start will not make usable either. */
final class GpuFaults {
  private static final List<String> SENTENCES =
      List.of(
          "Found no NVIDIA driver on your system",
          "The NVIDIA driver on your system is too old",
          "Torch not compiled with CUDA enabled",
          "no kernel image is available for execution on the device",
          "CUDA driver initialization failed",
          "No CUDA GPUs are available");

  private GpuFaults() {}

  /** The first such line of a log. */
  static Optional<String> in(List<String> lines) {
    return lines.stream().filter(line -> SENTENCES.stream().anyMatch(line::contains)).findFirst();
  }
}
