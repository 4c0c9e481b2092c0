package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads model files into the page cache before ComfyUI asks for them. A network volume serves
 * several streams faster than one, and ComfyUI reads with one, after it has imported torch. Nothing
 * is kept here: the kernel gives the memory back when it is needed.
 */
public final class Prefetch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Prefetch.class);

  static final int STREAMS = 6;

  /** What one stream takes at a time; the streams stay close to each other, in the order of use. */
  private static final int BLOCK = 32 << 20;

  private static final int BUFFER = 4 << 20;

  /** Left to ComfyUI, whose Python and torch take about that much beside the models. */
  static final long RESERVE = 8L << 30;

  private final List<Path> files;
  private final LongSupplier free;
  private final long reserve;
  private final Clock time;
  private final long start;
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong present = new AtomicLong();
  private final List<Thread> streams = new ArrayList<>();
  private int file;
  private long offset;

  /** Bytes that the streams were told to read, so far. */
  private long given;

  private int running = STREAMS;

  /** Why it ends before all is read; null while nothing hinders it. */
  private volatile @Nullable String stopped;

  private record Block(Path file, long offset, long length) {}

  private Prefetch(List<Path> files, LongSupplier free, long reserve, Clock time) {
    this.files = List.copyOf(files);
    this.free = free;
    this.reserve = reserve;
    this.time = time;
    this.start = time.nanos();
  }

  /**
   * Begins and returns at once.
   *
   * @param files in the order in which ComfyUI loads them
   */
  public static Prefetch start(List<Path> files, Clock time) {
    FreeMemory memory = FreeMemory.here();
    return start(files, memory::bytes, RESERVE, time);
  }

  /**
   * The same where the memory is known.
   *
   * @param free bytes that this container may still fill, cached files among them
   * @param reserve bytes of it that are left alone
   */
  static Prefetch start(List<Path> files, LongSupplier free, long reserve, Clock time) {
    Prefetch prefetch = new Prefetch(files, free, reserve, time);
    for (int i = 1; i <= STREAMS; i++) {
      prefetch.streams.add(
          Thread.ofPlatform().daemon().name("prefetch-" + i).unstarted(prefetch::stream));
    }
    prefetch.streams.forEach(Thread::start);
    return prefetch;
  }

  private void stream() {
    try (Stream stream = new Stream()) {
      for (Optional<Block> block = next(); block.isPresent(); block = next()) {
        stream.read(block.get());
      }
    } catch (ClosedByInterruptException e) {
      // closed
    } catch (IOException | RuntimeException e) {
      stop("a model file cannot be read: " + e);
    } finally {
      end();
    }
  }

  /** The next one in the order of use; empty when it ends here. */
  private synchronized Optional<Block> next() throws IOException {
    while (stopped == null && file < files.size()) {
      Path path = files.get(file);
      long size = Files.size(path);
      if (offset < size) {
        if (given + BLOCK + reserve > free.getAsLong()) {
          stop("memory gets short");
          break;
        }
        long length = Math.min(BLOCK, size - offset);
        Block block = new Block(path, offset, length);
        offset += length;
        given += length;
        return Optional.of(block);
      }
      file++;
      offset = 0;
    }
    return Optional.empty();
  }

  /** One stream's open file. */
  private final class Stream implements AutoCloseable {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private @Nullable Path path;
    private @Nullable FileChannel channel;

    void read(Block block) throws IOException {
      FileChannel from = open(block.file);
      if (cached(from, block)) {
        present.addAndGet(block.length);
        return;
      }
      long end = block.offset + block.length;
      for (long at = block.offset; at < end && stopped == null; ) {
        buffer.clear().limit((int) Math.min(BUFFER, end - at));
        int count = from.read(buffer, at);
        if (count < 0) {
          return;
        }
        at += count;
        read.addAndGet(count);
      }
    }

    private FileChannel open(Path wanted) throws IOException {
      if (channel == null || !wanted.equals(path)) {
        close();
        channel = FileChannel.open(wanted, StandardOpenOption.READ);
        path = wanted;
      }
      return channel;
    }

    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
    }
  }

  /** The kernel tells the truth only to those who may write to the file. */
  private static boolean cached(FileChannel from, Block block) throws IOException {
    if (!Files.isWritable(block.file)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return from.map(MapMode.READ_ONLY, block.offset, block.length, arena).isLoaded();
    }
  }

  private synchronized void end() {
    running--;
    if (running == 0) {
      double seconds = time.since(start).toMillis() / 1000.0;
      LOG.info(
          "Prefetched {} of model files in {} s{}{}",
          gigabytes(read.get()),
          String.format(Locale.ROOT, "%.1f", seconds),
          present.get() == 0 ? "" : "; " + gigabytes(present.get()) + " were in memory already",
          stopped == null ? "" : "; ended early: " + stopped);
      notifyAll();
    }
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** The disk or the memory is needed for something else. Returns at once. */
  public synchronized void stop(String why) {
    if (stopped == null && running > 0) {
      stopped = why;
    }
  }

  /** Bytes that were read, so far. */
  public long bytes() {
    return read.get();
  }

  /** Bytes that it has gone through, read or found in memory. */
  synchronized long given() {
    return given;
  }

  /** Waits until it has ended, one way or the other. */
  public synchronized void await() throws InterruptedException {
    while (running > 0) {
      wait();
    }
  }

  /** Ends it and waits for reads that are under way. */
  @Override
  public void close() {
    stop("the worker ends");
    streams.forEach(Thread::interrupt);
    try {
      for (Thread stream : streams) {
        stream.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
