package dev.ltx2.worker.common;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Copies of videos that appear whole or not at all. */
public final class AtomicCopies {
  private AtomicCopies() {}

  private static final Pattern NUMBER = Pattern.compile("_\\d{5}(?=-)");

  /**
   * Copies by way of a temporary file beside the target, which the target then replaces at once; on
   * the disk itself before this returns.
   */
  private static void copy(Path source, Path target) throws IOException {
    Path folder = Files.createDirectories(target.toAbsolutePath().getParent());
    Path part = folder.resolve("." + UUID.randomUUID() + ".part");
    try {
      fill(part, source, true);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /**
   * The same file under a second name where both are on one file system, which takes no room on a
   * full disk; else a copy. On the disk itself before this returns.
   */
  public static void linkOrCopy(Path source, Path target) throws IOException {
    Path part = target.resolveSibling("." + UUID.randomUUID() + ".part");
    try {
      Files.createLink(part, source);
    } catch (IOException | UnsupportedOperationException e) {
      copy(source, target);
      return;
    }
    try {
      try (FileChannel file = FileChannel.open(part, READ)) {
        file.force(true);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /**
   * Copies beside what is there, also what other processes put there at the same time: the number
   * in {@code …_00001-…} is counted up to one that is free. The name of the temporary file is the
   * claim on a number, as only one process can make it.
   *
   * @return the copy
   */
  public static Path add(Path source, Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    for (int number = 1; ; number++) {
      Path target = folder.resolve(number == 1 ? name : numbered(name, number));
      Path part = folder.resolve("." + target.getFileName() + ".part");
      if (Files.exists(target) || !claim(part)) {
        continue;
      }
      try {
        if (Files.notExists(target)) {
          fill(part, source, false);
          return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        }
      } finally {
        Files.deleteIfExists(part);
      }
    }
  }

  private static String numbered(String name, int number) {
    Matcher found = NUMBER.matcher(name);
    return found.find()
        ? found.replaceFirst("_%05d".formatted(number))
        : "%d-%s".formatted(number, name);
  }

  private static boolean claim(Path part) throws IOException {
    try {
      Files.createFile(part);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static void fill(Path part, Path source, boolean durable) throws IOException {
    long size = Files.size(source);
    Path folder = part.resolveSibling("");
    DiskSpace.require(folder, size);
    try {
      write(part, source, size, durable);
    } catch (IOException e) {
      if (DiskSpace.isWanting(e)) {
        throw new DiskFullException(folder, size, DiskSpace.free(folder));
      }
      throw e;
    }
  }

  private static void write(Path part, Path source, long size, boolean durable) throws IOException {
    try (FileChannel in = FileChannel.open(source, READ);
        FileChannel out = FileChannel.open(part, CREATE, WRITE)) {
      for (long at = 0; at < size; ) {
        long moved = in.transferTo(at, size - at, out);
        if (moved <= 0) {
          throw new IOException("the video became shorter while it was copied");
        }
        at += moved;
      }
      if (durable) {
        out.force(true);
      }
    }
  }
}
