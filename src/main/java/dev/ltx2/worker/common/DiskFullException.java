package dev.ltx2.worker.common;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Something does not fit on the disk: the message names folder, need and rest. */
public final class DiskFullException extends IOException {
  /**
   * A write that does not fit.
   *
   * @param free bytes that are left there, empty where that is unknown
   */
  public DiskFullException(Path folder, long needed, OptionalLong free) {
    super(
        "no space left on the disk: "
            + DiskSpace.size(needed)
            + " are needed, "
            + DiskSpace.left(folder, free));
  }
}
