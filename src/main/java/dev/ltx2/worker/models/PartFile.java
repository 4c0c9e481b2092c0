package dev.ltx2.worker.models;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;

/**
 * A file in the making, beside the place it will have: the bytes under {@code .name.part}, and
 * under {@code .name.chunks} which chunks of it are on disk, so that a later run goes on from
 * there.
 */
final class PartFile implements AutoCloseable {
  private final Path target;
  private final Path part;
  private final Path chunks;
  private final long size;
  private final long chunkBytes;
  private final BitSet done = new BitSet();
  private final FileChannel channel;

  private PartFile(Path target, long size, long chunkBytes, String identity) throws IOException {
    this.target = target;
    this.size = size;
    this.chunkBytes = chunkBytes;
    part = part(target);
    chunks = chunks(target);
    String header = identity + " " + size + " " + chunkBytes;
    List<String> lines =
        Files.exists(chunks) && Files.exists(part) ? Files.readAllLines(chunks) : List.of();
    if (!lines.isEmpty() && lines.getFirst().equals(header)) {
      // The last line may have been cut off; a chunk fetched twice does no harm.
      lines.stream().skip(1).filter(line -> line.matches("\\d{1,9}\\.")).forEach(this::remember);
    } else {
      Files.deleteIfExists(part);
      Files.writeString(chunks, header + "\n");
    }
    channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /**
   * Opens or continues one.
   *
   * @param identity changes when the file on the server does
   */
  static PartFile open(Path target, long size, long chunkBytes, String identity)
      throws IOException {
    return new PartFile(target, size, chunkBytes, identity);
  }

  static Path part(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".part");
  }

  /** About how many bytes of a file an earlier run left on disk. */
  static long fetched(Path target, long chunkBytes) throws IOException {
    Path part = part(target);
    Path chunks = chunks(target);
    if (!Files.exists(part) || !Files.exists(chunks)) {
      return 0;
    }
    long count = Math.max(0, Files.readAllLines(chunks).size() - 1);
    return Math.min(Files.size(part), count * chunkBytes);
  }

  private static Path chunks(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".chunks");
  }

  private void remember(String line) {
    int chunk = Integer.parseInt(line.substring(0, line.length() - 1));
    if (chunk < count()) {
      done.set(chunk);
    }
  }

  int count() {
    return Math.toIntExact(Math.ceilDiv(size, chunkBytes));
  }

  synchronized boolean has(int chunk) {
    return done.get(chunk);
  }

  long first(int chunk) {
    return chunk * chunkBytes;
  }

  /** The last byte's index. */
  long last(int chunk) {
    return Math.min(size, first(chunk) + chunkBytes) - 1;
  }

  synchronized long doneBytes() {
    return done.stream().mapToLong(chunk -> last(chunk) - first(chunk) + 1).sum();
  }

  void write(long position, byte[] bytes, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
  }

  /** The chunk's bytes reach the disk before the note that they did. */
  synchronized void finished(int chunk) throws IOException {
    channel.force(false);
    done.set(chunk);
    Files.writeString(chunks, chunk + ".\n", StandardOpenOption.APPEND);
  }

  /** Everything again, after a wrong hash. */
  void discard() throws IOException {
    channel.close();
    Files.deleteIfExists(part);
    Files.deleteIfExists(chunks);
  }

  /** Gives the file its name; readers see all of it or nothing. */
  void publish() throws IOException {
    channel.force(true);
    channel.close();
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(chunks);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
