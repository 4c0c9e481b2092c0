package dev.ltx2.worker.storage;

import dev.ltx2.worker.Reasons;
import dev.ltx2.worker.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The videos in {@code KEEP_DIR}: made, but neither uploaded nor small enough for an answer. */
public final class Unsent {
  /**
   * A video that waits.
   *
   * @param object the name it will have in the bucket
   * @param size in bytes
   * @param why {@code GCS upload failed: …}
   */
  public record Video(
      String jobId, String object, Path file, long size, Instant since, String why) {}

  private final KeepFolder keep;
  private final Uploader uploader;

  Unsent(KeepFolder keep, Uploader uploader) {
    this.keep = keep;
    this.uploader = uploader;
  }

  /**
   * What waits for the bucket of these settings.
   *
   * @throws IllegalArgumentException when {@code GCS_BUCKET} is not set
   */
  public static Unsent of(StorageSettings settings) {
    StorageSettings.Bucket bucket =
        settings
            .bucket()
            .orElseThrow(() -> new IllegalArgumentException("Set GCS_BUCKET to send videos"));
    return new Unsent(
        new KeepFolder(settings.keepDir(), Time.SYSTEM),
        new Uploader(bucket, Patience.UPLOAD, Time.SYSTEM));
  }

  /** What waits, oldest first. */
  public List<Video> list() throws StorageException {
    return kept().stream().map(Unsent::video).toList();
  }

  /**
   * Uploads one under its recorded name and deletes it here.
   *
   * @throws StorageException when it stays where it is, and why
   */
  public Stored.Uploaded send(Video video, UploadProgress progress)
      throws StorageException, InterruptedException {
    KeepFolder.Kept kept =
        kept().stream()
            .filter(k -> k.file().equals(video.file()))
            .findFirst()
            .orElseThrow(() -> new StorageException(video.file() + " is no longer there", null));
    try {
      Checksum recorded = new Checksum(kept.note().size(), kept.note().crc32c());
      if (!Checksum.of(kept.file()).equals(recorded)) {
        throw new StorageException(
            kept.file() + " is damaged: it is not the video that was kept", null);
      }
      Stored.Uploaded uploaded = uploader.upload(kept.note().object(), kept.file(), progress);
      keep.remove(kept);
      return uploaded;
    } catch (GcsFault e) {
      throw new StorageException("GCS upload failed: " + e.getMessage(), null);
    } catch (IOException e) {
      throw new StorageException(kept.file() + ": " + Reasons.of(e), e);
    }
  }

  private List<KeepFolder.Kept> kept() throws StorageException {
    try {
      return keep.list();
    } catch (IOException e) {
      throw new StorageException("KEEP_DIR cannot be read: " + Reasons.of(e), e);
    }
  }

  private static Video video(KeepFolder.Kept kept) {
    KeepFolder.Note note = kept.note();
    return new Video(
        note.jobId(), note.object(), kept.file(), note.size(), note.since(), note.why());
  }
}
