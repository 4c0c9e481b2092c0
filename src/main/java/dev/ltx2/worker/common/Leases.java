package dev.ltx2.worker.common;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims entries of folders that workers on several machines share and renews the claims. A lease
 * is a dead worker's once its file has not changed for {@link Pace#free} of this worker's own
 * monotonic time, counted from the first look at it; clocks and time stamps play no part. So an
 * entry whose worker was killed is claimed by whoever asks again after that time.
 *
 * <p>Nothing here throws: a folder that cannot be read or written is an answer about one entry.
 */
public final class Leases implements AutoCloseable {
  /**
   * How fast.
   *
   * @param renewal between two signs of life
   * @param free without a sign of life, the owner is dead
   */
  public record Pace(Duration renewal, Duration free) {
    public static final Pace DEFAULT = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(20));
  }

  /** What became of a claim. */
  public sealed interface Claim {
    /** It is this worker's until it is closed or lost. */
    record Ours(Lease lease) implements Claim {}

    /** A lease on it exists; ask again later. */
    record Theirs() implements Claim {}

    /** There is no such entry any more. */
    record NoEntry() implements Claim {}

    /** The folder cannot be read or written. */
    record Inaccessible(IOException why) implements Claim {}
  }

  private record Sighting(String text, long since, long lastLook) {}

  /** An entry that nobody has asked about for this many free periods is forgotten. */
  private static final int FORGOTTEN = 30;

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  private final Pace pace;
  private final Clock time;
  private final Set<Lease> held = ConcurrentHashMap.newKeySet();
  private final Map<Path, Sighting> sightings = new HashMap<>();

  /** A platform thread: virtual ones wait when native code of jobs holds all carriers. */
  private final Thread renewals =
      Thread.ofPlatform().daemon().name("leases").unstarted(this::renew);

  private boolean closed;

  public Leases(Clock time) {
    this(Pace.DEFAULT, time);
  }

  public Leases(Pace pace, Clock time) {
    this.pace = pace;
    this.time = time;
  }

  Pace pace() {
    return pace;
  }

  /** Claims an entry that is there. */
  public Claim claim(Path entry) {
    return Files.exists(entry, LinkOption.NOFOLLOW_LINKS)
        ? claim(entry, true)
        : new Claim.NoEntry();
  }

  /** Claims an entry that this worker is about to make, so that it is leased when others see it. */
  public Claim claimNew(Path entry) {
    return claim(entry, false);
  }

  private synchronized Claim claim(Path entry, boolean there) {
    if (closed) {
      return new Claim.Inaccessible(new IOException("this worker's leases have ended"));
    }
    try {
      if (!free(Lease.fileOf(entry))) {
        return new Claim.Theirs();
      }
      Optional<Lease> created = Lease.create(entry, this, time);
      if (created.isEmpty()) {
        return new Claim.Theirs();
      }
      Lease lease = created.get();
      if (there && !Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
        lease.close();
        return new Claim.NoEntry();
      }
      held.add(lease);
      if (renewals.getState() == Thread.State.NEW) {
        renewals.start();
      }
      return new Claim.Ours(lease);
    } catch (IOException e) {
      return new Claim.Inaccessible(e);
    }
  }

  /** Removes what killed workers left beside entries that are gone. */
  public synchronized void sweep(Path folder) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + Lease.SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        Path entry = file.resolveSibling(name.substring(0, name.length() - Lease.SUFFIX.length()));
        if (!Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
          sweepOne(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("Cannot sweep {}", folder, e);
    }
  }

  private void sweepOne(Path file) {
    try {
      free(file);
    } catch (IOException e) {
      LOG.debug("Cannot sweep {}", file, e);
    }
  }

  /** Whether no lease is in the way; one that has stood still for long is removed. */
  private boolean free(Path file) throws IOException {
    long now = time.nanos();
    sightings
        .values()
        .removeIf(seen ->
            Duration.ofNanos(now - seen.lastLook()).compareTo(pace.free().multipliedBy(FORGOTTEN))
                > 0);
    Optional<String> text = Lease.read(file);
    if (text.isEmpty()) {
      sightings.remove(file);
      return true;
    }
    Sighting seen = sightings.get(file);
    if (seen == null || !seen.text().equals(text.get())) {
      sightings.put(file, new Sighting(text.get(), now, now));
      return false;
    }
    if (Duration.ofNanos(now - seen.since()).compareTo(pace.free()) < 0) {
      sightings.put(file, new Sighting(seen.text(), seen.since(), now));
      return false;
    }
    sightings.remove(file);
    return takeAway(file, seen.text());
  }

  /**
   * Of several who take a dead worker's lease away one succeeds at the rename. Should it have
   * caught a lease made meanwhile, that one goes back, as the same file, and never over a third
   * one.
   */
  private boolean takeAway(Path file, String dead) throws IOException {
    Path aside = file.resolveSibling("." + UUID.randomUUID() + Lease.SUFFIX);
    try {
      Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return true;
    }
    String caught = Lease.read(aside).orElse(dead);
    boolean wasDead = caught.equals(dead);
    if (wasDead) {
      LOG.warn("Removed the lease {} of a worker that gave no sign of life", file.getFileName());
    } else {
      putBack(aside, file, caught);
    }
    Files.deleteIfExists(aside);
    return wasDead;
  }

  private static void putBack(Path aside, Path file, String text) throws IOException {
    try {
      Files.createLink(file, aside);
    } catch (FileAlreadyExistsException e) {
      LOG.debug("Left {} to its new owner", file);
    } catch (IOException | UnsupportedOperationException e) {
      // No hard links here. Its owner notices that it is another file, and claims anew.
      try {
        Files.writeString(file, text, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException _) {
        LOG.debug("Left {} to its new owner", file);
      }
    }
  }

  private void renew() {
    try {
      while (true) {
        time.sleep(pace.renewal());
        held.forEach(Lease::renew);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  void forget(Lease lease) {
    held.remove(lease);
  }

  /** Releases all leases. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    held.forEach(Lease::close);
    renewals.interrupt();
  }
}
