package dev.ltx2.worker.storage;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.client.ObjectAddress;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of videos whose workers died whether they have reached the bucket. */
public final class VideoProofs {
  private static final Logger LOG = LoggerFactory.getLogger(VideoProofs.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private final KeepFolders keep;
  private final Optional<Uploader> uploader;

  VideoProofs(StorageSettings settings, UploadTimeouts patience, Clock time) {
    this.keep = KeepFolders.of(settings, new Leases(time), time);
    this.uploader = settings.bucket().map(bucket -> new Uploader(bucket, patience, time));
  }

  /** For the folders and the bucket of these settings. */
  public static VideoProofs of(StorageSettings settings, Clock time) {
    return new VideoProofs(settings, UploadTimeouts.PROBE, time);
  }

  /**
   * For a place where nothing can be looked for later, as a presigned address is: told when the
   * video has arrived, and not before.
   */
  static final String ARRIVED = "{\"arrived\":true}";

  /** The object that a video becomes. */
  record Proof(
      @JsonProperty("bucket") String bucket,
      @JsonProperty("object") String object,
      @JsonProperty("size") long size,
      @JsonProperty("crc32c") String crc32c) {
    static Proof of(ObjectAddress address, Checksum checksum) {
      return new Proof(address.bucket(), address.object(), checksum.size(), checksum.crc32c());
    }

    Checksum checksum() {
      return new Checksum(size, crc32c);
    }

    /** One line. */
    String text() {
      try {
        return JSON.writeValueAsString(this);
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Whether that very object is in the bucket.
   *
   * @param proof as {@link UploadListener#begins} had it; anything else proves nothing
   * @throws StorageException when it cannot be told, or the video still waits in {@code KEEP_DIR}
   */
  public boolean hold(String proof) throws StorageException, InterruptedException {
    if (proof.equals(ARRIVED)) {
      return true;
    }
    Optional<Proof> read = read(proof);
    if (read.isEmpty()) {
      return false;
    }
    Proof sought = read.get();
    // First: it may be sent between the two looks
    boolean waits = waits(sought);
    if (uploader.isEmpty()) {
      throw new StorageException(HandOver.NO_BUCKET, null);
    }
    if (isThere(uploader.get(), sought)) {
      return true;
    }
    if (waits) {
      throw new StorageException("its video is still to be sent from KEEP_DIR", null);
    }
    return false;
  }

  private static boolean isThere(Uploader uploader, Proof sought)
      throws StorageException, InterruptedException {
    String own = uploader.bucket().id();
    if (!own.equals(sought.bucket())) {
      throw new StorageException(
          "its video went to bucket %s, and this worker's is %s".formatted(sought.bucket(), own),
          null);
    }
    try {
      return uploader.has(sought.object(), sought.checksum());
    } catch (StoreFault e) {
      throw new StorageException(
          "%s cannot be looked into: %s".formatted(uploader.bucket().uri(""), e.getMessage()),
          null);
    }
  }

  private boolean waits(Proof sought) throws StorageException {
    try {
      List<KeptNote.KeptVideo> kept = keep.list();
      return kept.stream().map(KeptNote.KeptVideo::note).anyMatch(note -> isOf(note, sought));
    } catch (IOException e) {
      throw new StorageException("KEEP_DIR cannot be read: " + IoErrors.of(e), e);
    }
  }

  private static boolean isOf(KeptNote note, Proof sought) {
    return sought.object().equals(note.object()) && sought.crc32c().equals(note.crc32c());
  }

  private static Optional<Proof> read(String text) {
    try {
      @Nullable Proof proof = JSON.readValue(text, Proof.class);
      if (proof != null
          && proof.bucket() != null
          && proof.object() != null
          && proof.crc32c() != null) {
        return Optional.of(proof);
      }
    } catch (JsonProcessingException e) {
      LOG.debug("not a proof", e);
    }
    LOG.warn("A proof of a video cannot be read");
    return Optional.empty();
  }
}
