package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One writer a folder, among workers that share nothing but a network volume. The lock is a file
 * with its owner's name and a counter that the owner moves on; a counter that stands still for long
 * is a dead owner's. Only the waiter's own clock counts: those of two machines differ.
 */
final class FolderLock implements AutoCloseable {
  /**
   * How often it says that its owner is alive.
   *
   * @param beat between two signs of life; a sixth of {@code stale} leaves room for a slow volume
   * @param stale without a sign of life, the owner is dead
   */
  record HeartRate(Duration beat, Duration stale) {
    static final HeartRate DEFAULT = new HeartRate(Duration.ofSeconds(10), Duration.ofSeconds(60));
  }

  static final String NAME = ".ltx2-models.lock";
  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

  private final Path file;
  private final String owner = UUID.randomUUID().toString();
  private final Clock time;
  private final Thread heart;
  private volatile boolean lost;

  private FolderLock(Path file, HeartRate rate, Clock time) {
    this.file = file;
    this.time = time;
    heart = Thread.ofVirtual().name("models-lock").unstarted(() -> beat(rate.beat()));
  }

  /** Waits until the folder is ours. */
  static FolderLock take(Path folder, HeartRate rate, Clock time)
      throws IOException, InterruptedException {
    FolderLock lock = new FolderLock(folder.resolve(NAME), rate, time);
    String seen = "";
    long since = time.nanos();
    while (!lock.create()) {
      String now = read(lock.file);
      if (!now.equals(seen)) {
        if (seen.isEmpty() && !now.isEmpty()) {
          LOG.info("Waiting for another worker that fetches models into {}", folder);
        }
        seen = now;
        since = time.nanos();
      } else if (time.since(since).compareTo(rate.stale()) > 0) {
        lock.remove(seen);
      }
      time.sleep(rate.beat().dividedBy(4));
    }
    lock.heart.start();
    return lock;
  }

  private boolean create() throws IOException {
    try {
      Files.writeString(file, owner + " 0", StandardOpenOption.CREATE_NEW);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /**
   * Takes a dead owner's lock away. Of several waiters one succeeds at the rename; should it have
   * caught a lock made meanwhile, that one goes back.
   */
  private void remove(String seen) throws IOException {
    Path aside = file.resolveSibling(NAME + "." + owner);
    try {
      Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    if (read(aside).equals(seen)) {
      LOG.warn("Removed the lock of a worker that gave no sign of life");
      Files.delete(aside);
    } else {
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void beat(Duration beat) {
    try {
      for (long count = 1; ; count++) {
        time.sleep(beat);
        if (!signOfLife(count)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("Cannot renew the lock {}: {}", file, IoErrors.of(e));
      lost = true;
    }
  }

  /** An interrupt in the midst of it would leave an empty file, so close() waits for its end. */
  private synchronized boolean signOfLife(long count) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      return false;
    }
    if (!read(file).startsWith(owner)) {
      lost = true;
      return false;
    }
    // In place, not by rename: a rename would bring back a lock taken away this moment.
    Files.writeString(
        file, owner + " " + count, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    return true;
  }

  private synchronized void stop() {
    heart.interrupt();
  }

  /** Fails when another worker took the folder over. */
  void check() throws IOException {
    if (lost) {
      throw new IOException("the lock " + file + " was lost to another worker");
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    boolean interrupted = false;
    while (true) {
      try {
        heart.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!lost && read(file).startsWith(owner)) {
      Files.deleteIfExists(file);
    }
  }
}
