package dev.ltx2.worker.input;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Streams to disk and counts: an input is never held in memory. */
final class LimitedCopy {
  private static final int BUFFER = 64 * 1024;

  private LimitedCopy() {}

  /**
   * Copies {@code in} to {@code file}.
   *
   * @throws IOException when reading fails; what fails in writing is the worker's own fault and
   *     leaves as an {@link UncheckedIOException}
   */
  static void save(InputStream in, Path file, InputLimits limits)
      throws FetchException, IOException {
    byte[] buffer = new byte[BUFFER];
    long total = 0;
    try (OutputStream out = open(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        total += n;
        if (total > limits.maxBytes()) {
          throw limits.tooLarge();
        }
        write(out, buffer, n);
      }
    }
  }

  private static OutputStream open(Path file) {
    try {
      return Files.newOutputStream(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(OutputStream out, byte[] buffer, int n) {
    try {
      out.write(buffer, 0, n);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
