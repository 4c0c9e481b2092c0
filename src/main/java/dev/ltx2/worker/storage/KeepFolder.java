package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.AtomicCopies;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.client.SafeName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Videos that could not be handed over: {@code KEEP_DIR/<job>/<file>} with {@code <file>.json}
 * beside it. Bounded in size: the oldest go first, the newest never. Nothing goes by its age, since
 * clocks jump; and whatever cannot be read or tidied here keeps no video from being kept.
 */
final class KeepFolder {
  /** What may wait in all, on a volume of 70 GB that holds 51 GB of models. */
  static final long MAX_BYTES = 5L << 30;

  /** After that time a file that a worker began to write here is no longer written. */
  private static final Duration TORN = Duration.ofDays(1);

  /** The answers that wait have this one; a job of this name gets another. */
  private static final String ANSWERS = "answers";

  private static final Logger log = LoggerFactory.getLogger(KeepFolder.class);

  private final Path folder;
  private final Leases leases;
  private final Clock time;
  private final long maxBytes;

  KeepFolder(Path folder, Leases leases, Clock time) {
    this(folder, leases, time, MAX_BYTES);
  }

  KeepFolder(Path folder, Leases leases, Clock time, long maxBytes) {
    this.folder = folder;
    this.leases = leases;
    this.time = time;
    this.maxBytes = maxBytes;
  }

  /** Copies the video here, onto the disk itself, and makes room among the older ones. */
  synchronized Path keep(Destination to, Path file, String why) throws IOException {
    String job = to.jobId().equals(ANSWERS) ? "%" + ANSWERS : SafeName.ofJob(to.jobId());
    Path target = folder.resolve(job).resolve(SafeName.ofFile(to.fileName())).toAbsolutePath();
    Checksum checksum = Checksum.of(file);
    KeptNote note = KeptNote.of(to, why, time.now(), checksum);
    try {
      put(file, target, note);
    } catch (NoSuchFileException e) {
      put(file, target, note); // another worker has just emptied the job's folder and removed it
    }
    return target;
  }

  private void put(Path file, Path target, KeptNote note) throws IOException {
    Files.createDirectories(target.getParent());
    // The note first: a note without a video is nothing, a video without a note is never sent
    note.write(target);
    try {
      tidy(note.size(), Files.getLastModifiedTime(KeptNote.beside(target)));
      AtomicCopies.linkOrCopy(file, target);
    } catch (IOException e) {
      clear(target);
      throw e;
    }
  }

  /** A note whose video did not come. */
  private static void clear(Path video) {
    try {
      if (Files.notExists(video)) {
        Files.deleteIfExists(KeptNote.beside(video));
        Files.deleteIfExists(video.getParent());
      }
    } catch (IOException e) {
      log.debug("{} is left", KeptNote.beside(video), e);
    }
  }

  /**
   * What waits, oldest first; what cannot be read is logged and left alone.
   *
   * @throws IOException when the folder as a whole cannot be read
   */
  List<KeptNote.KeptVideo> list() throws IOException {
    List<KeptNote.KeptVideo> found = new ArrayList<>();
    for (Path note : files(KeptNote.SUFFIX)) {
      Path video = KeptNote.videoOf(note);
      if (Files.isRegularFile(video)) {
        KeptNote.read(note).ifPresent(read -> found.add(new KeptNote.KeptVideo(video, read)));
      }
    }
    found.sort(Comparator.comparing(kept -> kept.note().since()));
    return found;
  }

  /** The same; nothing where the folder cannot be read. */
  List<KeptNote.KeptVideo> listOrNone() {
    try {
      return list();
    } catch (IOException e) {
      log.warn("{} cannot be read: {}", folder, IoErrors.of(e));
      return List.of();
    }
  }

  /** Removes what killed workers left of videos that are gone: leases, empty folders. */
  void sweep() {
    try {
      for (Path job : jobs()) {
        leases.sweep(job);
        removeIfEmpty(job);
      }
    } catch (IOException e) {
      log.debug("{} cannot be swept", folder, e);
    }
  }

  private List<Path> jobs() throws IOException {
    return children(folder).stream()
        .filter(job -> Files.isDirectory(job) && !job.getFileName().toString().equals(ANSWERS))
        .toList();
  }

  /** Files of that suffix in the jobs' folders. */
  private List<Path> files(String suffix) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path job : jobs()) {
      try {
        children(job).stream().filter(p -> p.toString().endsWith(suffix)).forEach(found::add);
      } catch (IOException e) {
        log.warn("{} cannot be read: {}", job, IoErrors.of(e));
      }
    }
    return found;
  }

  /** None where the folder has vanished meanwhile. */
  private static List<Path> children(Path folder) throws IOException {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      List<Path> children = new ArrayList<>();
      stream.forEach(children::add);
      return children;
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Removes a video with its note; its folder goes with {@link #removeFolderOf}. */
  static void remove(KeptNote.KeptVideo kept) throws IOException {
    Files.deleteIfExists(kept.file());
    Files.deleteIfExists(KeptNote.beside(kept.file()));
  }

  /** Removes the folder of a video that was removed, unless it holds more. */
  static void removeFolderOf(Path video) {
    removeIfEmpty(video.resolveSibling(""));
  }

  private static void removeIfEmpty(Path job) {
    try {
      Files.deleteIfExists(job);
    } catch (IOException e) {
      log.debug("{} holds more", job);
    }
  }

  /** Whatever goes wrong here, the video that comes is what matters. */
  private void tidy(long coming, FileTime now) {
    try {
      makeRoom(coming);
      for (Path part : files(".part")) {
        dropTorn(part, now);
      }
      for (Path note : files(KeptNote.SUFFIX)) {
        if (Files.notExists(KeptNote.videoOf(note)) && KeptNote.read(note).isPresent()) {
          dropTorn(note, now);
        }
      }
    } catch (IOException | RuntimeException e) {
      log.warn("{} could not be tidied: {}", folder, e.toString());
    }
  }

  private void makeRoom(long coming) throws IOException {
    long total = coming;
    for (KeptNote.KeptVideo kept : list().reversed()) {
      total += kept.note().size();
      if (total > maxBytes && leases.claim(kept.file()) instanceof Leases.Claim.Ours(var lease)) {
        try (lease) {
          log.error("Dropping unsent video {}: {} is full", kept.file(), folder);
          remove(kept);
        }
        removeFolderOf(kept.file());
      }
    }
  }

  /**
   * What a worker left that died while it wrote. Ages are told by the file system alone, from a
   * file that was written there just now: clocks of machines differ.
   */
  private static void dropTorn(Path path, FileTime now) throws IOException {
    try {
      Instant written = Files.getLastModifiedTime(path).toInstant();
      if (Duration.between(written, now.toInstant()).compareTo(TORN) > 0) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException e) {
      log.debug("{} is gone", path);
    }
  }
}
