package dev.ltx2.worker.storage;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.storage.client.ObjectAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The note beside a kept video.
 *
 * @param bucket its id; null where none was set, and in notes of earlier versions
 * @param object null where no bucket was set
 */
record KeptNote(
    @JsonProperty("job_id") String jobId,
    @JsonProperty("bucket") @Nullable String bucket,
    @JsonProperty("object") @Nullable String object,
    @JsonProperty("why") String why,
    @JsonProperty("when") String when,
    @JsonProperty("size") long size,
    @JsonProperty("crc32c") String crc32c) {
  static final String SUFFIX = ".json";
  private static final Logger LOG = LoggerFactory.getLogger(KeptNote.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** A video that waits. */
  record KeptVideo(Path file, KeptNote note) {}

  static KeptNote of(Destination to, String why, Instant when, Checksum checksum) {
    return new KeptNote(
        to.jobId(),
        to.address().map(ObjectAddress::bucket).orElse(null),
        to.address().map(ObjectAddress::object).orElse(null),
        why,
        when.toString(),
        checksum.size(),
        checksum.crc32c());
  }

  Instant since() {
    return Instant.parse(when);
  }

  /** Where the note of that video is. */
  static Path beside(Path video) {
    return video.resolveSibling(video.getFileName() + SUFFIX);
  }

  /** Whose note it is. */
  static Path videoOf(Path note) {
    String name = note.getFileName().toString();
    return note.resolveSibling(name.substring(0, name.length() - SUFFIX.length()));
  }

  /** Beside that video, whole or not at all. */
  void write(Path video) throws IOException {
    Path part = video.resolveSibling("." + UUID.randomUUID() + ".part");
    try {
      Files.write(part, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(part, beside(video), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Empty, and logged, when the file is no note. */
  static Optional<KeptNote> read(Path path) {
    try {
      KeptNote note = JSON.readValue(Files.readAllBytes(path), KeptNote.class);
      note.since();
      if (note.jobId() == null || note.crc32c() == null) {
        throw new IOException("a field is missing");
      }
      return Optional.of(note);
    } catch (NoSuchFileException e) {
      return Optional.empty(); // another worker has just sent it
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} is no note of an unsent video", path);
      return Optional.empty();
    }
  }
}
