package dev.ltx2.worker.fakes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A program that answers as {@code nvidia-smi} does, to be put on the {@code PATH}. */
public final class FakeNvidiaSmi {
  private FakeNvidiaSmi() {}

  /** An RTX 4090 with this driver, CUDA version and memory in MiB. */
  public static Path gpu(Path folder, String driver, String cuda, long total, long used)
      throws IOException {
    return script(
        folder,
        """
        case "$1" in
        --query-gpu=*) echo "NVIDIA GeForce RTX 4090, %1$s, %3$d, %5$d, %4$d" ;;
        --version) printf 'NVIDIA-SMI version  : %1$s\\nDRIVER version      : %1$s\\nCUDA Version        : %2$s\\n' ;;
        *) echo "| NVIDIA-SMI %1$s   Driver Version: %1$s   CUDA Version: %2$s |" ;;
        esac
        """
            .formatted(driver, cuda, total, used, total - used));
  }

  /** Whatever it is asked, it runs this. */
  public static Path script(Path folder, String commands) throws IOException {
    Path program = Files.createDirectories(folder).resolve("nvidia-smi");
    Files.writeString(program, "#!/bin/sh\n" + commands);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }
}
