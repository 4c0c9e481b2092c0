package dev.ltx2.worker.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to one entry of a folder that several workers share: a file {@code <entry>.lease}
 * beside it with the owner's name and a counter, which the owner moves on. Made by {@link Leases}.
 *
 * <p>Ask {@link #held()} before each step that only the owner may take: an owner that was frozen or
 * cut off from the volume for longer than {@link Leases.Pace#free} has lost it. Between that answer
 * and the step an owner can still be frozen, so the step itself must do no harm when it is done
 * twice.
 */
public final class Lease implements AutoCloseable {
  static final String SUFFIX = ".lease";
  private static final int MAX_TEXT = 200;
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  private final Path entry;
  private final Path file;
  private final Leases leases;
  private final Clock time;
  private final String owner = UUID.randomUUID().toString();

  /** Open to the end: what it writes never lands in a lease that another has made meanwhile. */
  private final FileChannel channel;

  private String text = "";
  private long count;
  private long renewedAt;
  private boolean over;
  private boolean warned;

  private Lease(Path entry, FileChannel channel, Leases leases, Clock time) {
    this.entry = entry;
    this.file = fileOf(entry);
    this.channel = channel;
    this.leases = leases;
    this.time = time;
  }

  static Path fileOf(Path entry) {
    return entry.resolveSibling(entry.getFileName() + SUFFIX);
  }

  /** What a lease's file says; empty when there is none. */
  static Optional<String> read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(new String(in.readNBytes(MAX_TEXT), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Empty when there is one already. */
  static Optional<Lease> create(Path entry, Leases leases, Clock time) throws IOException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(fileOf(entry), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      return Optional.empty();
    }
    Lease lease = new Lease(entry, channel, leases, time);
    try {
      lease.write();
      return Optional.of(lease);
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(lease.file);
      throw e;
    }
  }

  /** Always the same length, so that a full disk ends no lease. */
  private void write() throws IOException {
    long now = time.nanos();
    String next = String.format(Locale.ROOT, "%s %016d%n", owner, count);
    ByteBuffer bytes = ByteBuffer.wrap(next.getBytes(StandardCharsets.ISO_8859_1));
    channel.position(0);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
    count++;
    text = next;
    renewedAt = now;
  }

  /** The entry it is for. */
  public Path entry() {
    return entry;
  }

  /**
   * Whether it is still this worker's, as the folder says now. A lease that another has taken, or
   * that was not renewed in time, never comes back; while the folder cannot be read it is not held.
   */
  public synchronized boolean held() {
    try {
      return !over && (current() || lose("another worker took it, or it was not renewed in time"));
    } catch (IOException e) {
      warn(e);
      return false;
    }
  }

  private boolean current() throws IOException {
    return time.since(renewedAt).compareTo(leases.pace().free()) < 0
        && read(file).equals(Optional.of(text));
  }

  private boolean lose(String how) {
    LOG.warn("Lost the lease on {}: {}", entry, how);
    end();
    return false;
  }

  private void warn(IOException e) {
    if (!warned) {
      warned = true;
      LOG.warn("Cannot renew the lease on {}: {}", entry, IoErrors.of(e));
    }
  }

  /** A sign of life; one that fails is made up for by the next, within the time that is allowed. */
  synchronized void renew() {
    try {
      if (held()) {
        write();
        warned = false;
      }
    } catch (IOException e) {
      warn(e);
    }
  }

  private void end() {
    over = true;
    leases.forget(this);
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("Cannot close {}", file, e);
    }
  }

  /** Gives it back, for others to claim at once. Deletes the lease only; never fails. */
  @Override
  public synchronized void close() {
    if (over) {
      return;
    }
    try {
      boolean ours = current();
      end();
      if (ours) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("Cannot remove {}, so other workers wait for it: {}", file, IoErrors.of(e));
    } finally {
      end();
    }
  }
}
