package dev.ltx2.worker.storage;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Copies of videos that appear whole or not at all. */
final class Copies {
  private Copies() {}

  /**
   * Copies by way of a temporary file beside the target, which the target then replaces at once.
   *
   * @param durable whether the bytes must be on the disk before this returns
   */
  static void copy(Path source, Path target, boolean durable) throws IOException {
    Path folder = Files.createDirectories(target.toAbsolutePath().getParent());
    long size = Files.size(source);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < size) {
      throw new IOException(
          "no space left on the disk: the video has " + size + " bytes, free are " + free);
    }
    Path part = folder.resolve("." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel in = FileChannel.open(source, READ);
          FileChannel out = FileChannel.open(part, CREATE_NEW, WRITE)) {
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
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** What went wrong, in words: the JDK's own messages are often only the path. */
  static String reason(IOException failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "permission denied";
      case NotDirectoryException _ -> "not a folder";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      case FileSystemException e -> e.getClass().getSimpleName() + " " + e.getMessage();
      case IOException e -> String.valueOf(e.getMessage());
    };
  }
}
