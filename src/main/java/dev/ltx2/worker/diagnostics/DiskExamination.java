package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.TempFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Room for temporary files. */
record DiskExamination(long minFreeDisk) implements Doctor.Examination {
  /** Nine inputs of 50 MB, a video of 200 MB, and its muxed copy. */
  private static final long TEMP_BYTES = 1_000_000_000;

  @Override
  public List<Diagnosis> run() {
    Path temp = TempFolder.root();
    long needed = Math.max(TEMP_BYTES, minFreeDisk);
    OptionalLong free = DiskSpace.free(temp);
    String found = DiskSpace.left(temp, free);
    return List.of(
        Diagnosis.of(
            "disk",
            Files.isWritable(temp) && free.orElse(needed) >= needed, // unknown is not full
            found,
            "%s, no job is taken below %s; make room, or set -Djava.io.tmpdir or MIN_FREE_DISK"
                .formatted(found, DiskSpace.size(needed))));
  }
}
