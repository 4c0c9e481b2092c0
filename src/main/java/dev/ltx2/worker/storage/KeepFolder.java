package dev.ltx2.worker.storage;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Videos that could not be handed over: {@code KEEP_DIR/<job>/<file>} with {@code <file>.json}
 * beside it. Bounded: the oldest go first, the newest never.
 */
final class KeepFolder {
  /** What may wait in all, on a volume of 70 GB that holds 51 GB of models. */
  static final long MAX_BYTES = 5L << 30;

  /** How long a video may wait. */
  static final Duration MAX_AGE = Duration.ofDays(30);

  private static final String NOTE = ".json";
  private static final Logger log = LoggerFactory.getLogger(KeepFolder.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** The note beside a video. */
  record Note(
      @JsonProperty("job_id") String jobId,
      @JsonProperty("object") String object,
      @JsonProperty("why") String why,
      @JsonProperty("when") String when,
      @JsonProperty("size") long size,
      @JsonProperty("crc32c") String crc32c) {
    Instant since() {
      return Instant.parse(when);
    }
  }

  /** A video that waits. */
  record Kept(Path file, Note note) {}

  private final Path folder;
  private final Time time;
  private final long maxBytes;
  private final Duration maxAge;

  KeepFolder(Path folder, Time time) {
    this(folder, time, MAX_BYTES, MAX_AGE);
  }

  KeepFolder(Path folder, Time time, long maxBytes, Duration maxAge) {
    this.folder = folder;
    this.time = time;
    this.maxBytes = maxBytes;
    this.maxAge = maxAge;
  }

  /** Copies the video here, onto the disk itself, and makes room among the older ones. */
  synchronized Path keep(String jobId, String object, Path file, String fileName, String why)
      throws IOException {
    Path target =
        folder.resolve(SafeName.ofJob(jobId)).resolve(SafeName.ofFile(fileName)).toAbsolutePath();
    Checksum checksum = Checksum.of(file);
    Note note =
        new Note(jobId, object, why, time.now().toString(), checksum.size(), checksum.crc32c());
    Files.createDirectories(target.getParent());
    dropOld(checksum.size());
    // The note first: a note without a video is nothing, a video without a note is never sent
    Path part = target.resolveSibling("." + UUID.randomUUID() + ".part");
    try {
      Files.write(part, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(note));
      Files.move(part, noteOf(target), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
    Copies.copy(file, target, true);
    return target;
  }

  /** What waits, oldest first; notes that cannot be read are logged and left alone. */
  List<Kept> list() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Kept> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder, 2)) {
      for (Path path : files.filter(p -> p.toString().endsWith(NOTE)).toList()) {
        Path video =
            path.resolveSibling(path.getFileName().toString().replaceFirst("\\.json$", ""));
        if (Files.isRegularFile(video)) {
          read(path).ifPresent(note -> found.add(new Kept(video, note)));
        }
      }
    }
    found.sort(Comparator.comparing(kept -> kept.note().since()));
    return found;
  }

  /** Removes a video with its note. */
  void remove(Kept kept) throws IOException {
    Files.deleteIfExists(kept.file());
    Files.deleteIfExists(noteOf(kept.file()));
    try {
      Files.deleteIfExists(kept.file().getParent());
    } catch (IOException e) {
      log.debug("{} holds more", kept.file().getParent());
    }
  }

  private void dropOld(long coming) throws IOException {
    Instant now = time.now();
    long total = coming;
    for (Kept kept : list().reversed()) {
      total += kept.note().size();
      boolean old = Duration.between(kept.note().since(), now).compareTo(maxAge) > 0;
      if (old || total > maxBytes) { // then so are all that follow
        log.warn(
            "unsent video {} is dropped: {}",
            kept.file(),
            old ? "older than " + maxAge.toDays() + " days" : "the keep folder is full");
        remove(kept);
      }
    }
    dropTorn(now);
  }

  /** Temporary files of a worker that died while it wrote them. */
  private void dropTorn(Instant now) throws IOException {
    try (Stream<Path> files = Files.walk(folder, 2)) {
      for (Path path : files.filter(p -> p.toString().endsWith(".part")).toList()) {
        Instant written = Files.getLastModifiedTime(path).toInstant();
        if (Duration.between(written, now).compareTo(Duration.ofDays(1)) > 0) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static Optional<Note> read(Path path) throws IOException {
    try {
      Note note = JSON.readValue(Files.readAllBytes(path), Note.class);
      note.since();
      if (note.object() == null || note.jobId() == null || note.crc32c() == null) {
        throw new IOException("a field is missing");
      }
      return Optional.of(note);
    } catch (NoSuchFileException e) {
      return Optional.empty(); // another worker has just sent it
    } catch (IOException | RuntimeException e) {
      log.warn("{} is no note of an unsent video", path);
      return Optional.empty();
    }
  }

  private static Path noteOf(Path video) {
    return video.resolveSibling(video.getFileName() + NOTE);
  }
}
