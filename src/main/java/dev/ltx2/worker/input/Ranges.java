package dev.ltx2.worker.input;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What of a file is kept, in order: pairs of numbers, neighbours joined. A list of buffers cost 3
 * GB on a file of 50 MB that was nothing but empty chunks.
 */
final class Ranges {
  /** Encoders write PNGs in chunks of 8 KB and more, so 50 MB of a real one have about 6,400. */
  private static final int MAX_SEGMENTS = 65_536;

  private static final int BUFFER = 64 * 1024;

  private int[] bounds = new int[16];
  private int count;
  private int segments;
  private long bytes;

  /** Counts one more segment or chunk of the file, kept or not. */
  void segment() throws FetchException {
    if (++segments > MAX_SEGMENTS) {
      throw FetchException.permanent(
          "the image has more than " + MAX_SEGMENTS + " segments; save it anew");
    }
  }

  /** Keeps the bytes from {@code from} up to {@code to}. */
  void keep(int from, int to) {
    bytes += to - from;
    if (count > 0 && bounds[count - 1] == from) {
      bounds[count - 1] = to;
      return;
    }
    if (count == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * count);
    }
    bounds[count++] = from;
    bounds[count++] = to;
  }

  /** How much is kept. */
  long bytes() {
    return bytes;
  }

  /** Writes {@code head} and what is kept of {@code file}. */
  void write(ByteBuffer head, ByteBuffer file, Path target) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), BUFFER)) {
      out.write(head.array(), head.arrayOffset() + head.position(), head.remaining());
      for (int i = 0; i < count; i += 2) {
        for (int at = bounds[i]; at < bounds[i + 1]; at += buffer.length) {
          int n = Math.min(buffer.length, bounds[i + 1] - at);
          file.get(at, buffer, 0, n);
          out.write(buffer, 0, n);
        }
      }
    }
  }
}
