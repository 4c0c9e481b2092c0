package dev.ltx2.worker.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A small file system of its own that can be filled. */
record ChaosDisk(Path folder) {
  private static final long MOST = 1L << 30;

  /** The one that is mounted there; empty where none is, or one too large to be filled. */
  static Optional<ChaosDisk> at(Path folder) throws IOException {
    boolean small = Files.isDirectory(folder) && Files.getFileStore(folder).getTotalSpace() <= MOST;
    return small ? Optional.of(new ChaosDisk(folder)) : Optional.empty();
  }

  /** Fills it, but for so many bytes. */
  void fill(long but) throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (Files.getFileStore(folder).getUsableSpace() > but) {
        out.write(block);
      }
    } catch (IOException e) {
      // Full: what was wanted.
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return folder.resolve("filler");
  }
}
