package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Lease;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.client.Bucket;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The videos in {@code KEEP_DIR}: made, but neither uploaded nor small enough for an answer. */
public final class KeptVideos implements AutoCloseable {
  /**
   * A video that waits.
   *
   * @param object the name it will have in the bucket; empty where none was set
   * @param size in bytes
   * @param why {@code GCS upload failed: …}
   */
  public record Waiting(
      String jobId, Optional<String> object, Path file, long size, Instant since, String why) {}

  private final KeepFolders keep;
  private final Leases leases;
  private final Optional<Bucket> bucket;
  private final Optional<Uploader> uploader;
  private final Clock time;

  KeptVideos(StorageSettings settings, UploadTimeouts patience, Clock time) {
    this.leases = new Leases(time);
    this.keep = KeepFolders.of(settings, leases, time);
    this.bucket = settings.bucket();
    this.uploader = bucket.map(name -> new Uploader(name, patience, time));
    this.time = time;
  }

  /** What waits in the folders of these settings, for their bucket if they have one. */
  public static KeptVideos of(StorageSettings settings) {
    return new KeptVideos(settings, UploadTimeouts.UPLOAD, Clock.SYSTEM);
  }

  /** What waits, oldest first. */
  public List<Waiting> list() throws StorageException {
    return kept().stream().map(KeptVideos::video).toList();
  }

  /** Removes what killed workers left beside videos that are gone, if it has stood still since. */
  void sweep() {
    keep.sweep();
  }

  /** What became of an attempt to send one. */
  sealed interface SendOutcome {
    /** It is in the bucket, and no longer here. */
    record Sent(Stored.Uploaded stored) implements SendOutcome {}

    /** It is no longer here: another worker has sent it. */
    record Missing() implements SendOutcome {}

    /** Another worker is sending it, or was killed while it did less than half a minute ago. */
    record Busy() implements SendOutcome {}
  }

  /**
   * Uploads one under its recorded name and deletes it here.
   *
   * @throws StorageException when it stays where it is, and why
   */
  public Stored.Uploaded send(Waiting video) throws StorageException, InterruptedException {
    SendOutcome outcome = attempt(video);
    if (outcome instanceof SendOutcome.Busy) {
      time.sleep(Leases.Pace.DEFAULT.free().plusSeconds(1));
      outcome = attempt(video);
    }
    return switch (outcome) {
      case SendOutcome.Sent(Stored.Uploaded stored) -> stored;
      case SendOutcome.Missing() ->
          throw new StorageException(video.file() + " is no longer there", null);
      case SendOutcome.Busy() ->
          throw new StorageException("another worker is sending " + video.file(), null);
    };
  }

  /** The same at once, whoever else is at it. */
  SendOutcome attempt(Waiting video) throws StorageException, InterruptedException {
    return switch (leases.claim(video.file())) {
      case Leases.Claim.Ours(Lease lease) -> {
        try (lease) {
          Optional<KeptNote.KeptVideo> found =
              kept().stream().filter(k -> k.file().equals(video.file())).findFirst();
          if (found.isEmpty()) {
            yield new SendOutcome.Missing();
          }
          yield new SendOutcome.Sent(send(found.get()));
        } finally {
          KeepFolder.removeFolderOf(video.file());
        }
      }
      case Leases.Claim.Theirs() -> new SendOutcome.Busy();
      case Leases.Claim.NoEntry() -> gone(video);
      case Leases.Claim.Inaccessible _ when Files.notExists(video.file()) -> gone(video);
      case Leases.Claim.Inaccessible(IOException e) ->
          throw new StorageException(video.file() + ": " + IoErrors.of(e), e);
    };
  }

  /** A claim that came too late may have kept its folder from being removed. */
  private static SendOutcome gone(Waiting video) {
    KeepFolder.removeFolderOf(video.file());
    return new SendOutcome.Missing();
  }

  private Stored.Uploaded send(KeptNote.KeptVideo kept)
      throws StorageException, InterruptedException {
    String object = objectOf(kept.note(), kept.file().getFileName().toString());
    try {
      Checksum recorded = new Checksum(kept.note().size(), kept.note().crc32c());
      if (!Checksum.of(kept.file()).equals(recorded)) {
        throw new StorageException(
            kept.file() + " is damaged: it is not the video that was kept", null);
      }
      Stored.Uploaded uploaded =
          Stored.Uploaded.at(
              uploader.orElseThrow().upload(object, kept.file(), (_, _) -> {}),
              object.substring(object.lastIndexOf('/') + 1));
      KeepFolder.remove(kept);
      return uploaded;
    } catch (StoreFault e) {
      throw new StorageException(
          bucket.orElseThrow().store() + " upload failed: " + e.getMessage(), null);
    } catch (IOException e) {
      throw new StorageException(kept.file() + ": " + IoErrors.of(e), e);
    }
  }

  /** A video goes to the bucket whose address its client was told, and to no other. */
  private String objectOf(KeptNote note, String fileName) throws StorageException {
    if (bucket.isEmpty()) {
      throw new StorageException(HandOver.NO_BUCKET, null);
    }
    Bucket own = bucket.get();
    if (note.bucket() != null && !note.bucket().equals(own.id())) {
      throw new StorageException(
          "its client was told an address in bucket %s and %s is set; set %s to send it"
              .formatted(note.bucket(), own.setting(), settingOf(note.bucket())),
          null);
    }
    return note.object() != null
        ? note.object()
        : Destination.in(bucket.get(), note.jobId(), fileName).address().orElseThrow().object();
  }

  private static String settingOf(String bucket) {
    return bucket.contains("://")
        ? "S3_ENDPOINT and S3_BUCKET of " + bucket
        : "GCS_BUCKET=" + bucket;
  }

  private List<KeptNote.KeptVideo> kept() throws StorageException {
    try {
      return keep.list();
    } catch (IOException e) {
      throw new StorageException("KEEP_DIR cannot be read: " + IoErrors.of(e), e);
    }
  }

  private static Waiting video(KeptNote.KeptVideo kept) {
    KeptNote note = kept.note();
    return new Waiting(
        note.jobId(),
        Optional.ofNullable(note.object()),
        kept.file(),
        note.size(),
        note.since(),
        note.why());
  }

  /** Gives back what it has claimed. */
  @Override
  public void close() {
    leases.close();
  }
}
