package dev.ltx2.worker.common;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Free space on file systems, and which failures mean that there is none left. */
public final class DiskSpace {
  /** How the C library words ENOSPC and EDQUOT, which Java passes on without their numbers. */
  private static final Pattern FULL =
      Pattern.compile("No space left on device|Disk quota exceeded", Pattern.CASE_INSENSITIVE);

  private static final long GIGABYTE = 1_000_000_000;

  private static final int LONGEST_CHAIN = 20;

  private DiskSpace() {}

  /**
   * Bytes that this user may still write where {@code path} is or will be; empty where the file
   * system does not say: some network mounts report nothing but zeros, and unknown is not full.
   */
  public static OptionalLong free(Path path) {
    for (Path at = path.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        try {
          return free(Files.getFileStore(at));
        } catch (IOException e) {
          return OptionalLong.empty();
        }
      }
    }
    return OptionalLong.empty();
  }

  static OptionalLong free(FileStore store) throws IOException {
    return store.getTotalSpace() > 0
        ? OptionalLong.of(Math.max(0, store.getUsableSpace()))
        : OptionalLong.empty();
  }

  /**
   * Checks for free space before a long write.
   *
   * @throws DiskFullException where it is known that {@code bytes} do not fit into {@code folder}
   */
  public static void require(Path folder, long bytes) throws DiskFullException {
    OptionalLong free = free(folder);
    if (free.isPresent() && free.getAsLong() < bytes) {
      throw new DiskFullException(folder, bytes, free);
    }
  }

  /** Whether a failure, or one of its causes, is a full disk or quota. */
  public static boolean isWanting(Throwable failure) {
    int links = 0;
    for (Throwable t = failure; t != null && links < LONGEST_CHAIN; t = t.getCause()) {
      links++;
      // Only those of files and sockets: other messages may quote what a client sent
      if (t instanceof DiskFullException || (t instanceof IOException && saysFull(t))) {
        return true;
      }
    }
    return false;
  }

  private static boolean saysFull(Throwable failure) {
    return failure.getMessage() != null && isFull(failure.getMessage());
  }

  /** Whether these are the words of the operating system, or of Python, for a full disk. */
  public static boolean isFull(String words) {
    return FULL.matcher(words).find();
  }

  /** {@code 12.3 MB are left in /tmp}; where the file system does not say, that it is unknown. */
  public static String left(Path folder) {
    return left(folder, free(folder));
  }

  /** The same of a figure that is known already. */
  public static String left(Path folder, OptionalLong free) {
    return free.isPresent()
        ? size(free.getAsLong()) + " are left in " + folder
        : "how much is left in " + folder + " is unknown";
  }

  /** Decimal, with one digit: {@code 12.3 MB}, {@code 4.5 GB}. */
  public static String size(long bytes) {
    return bytes < GIGABYTE
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
