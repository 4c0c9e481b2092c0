package dev.ltx2.worker.storage;

import dev.ltx2.worker.Time;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the store that the settings ask for. */
public final class VideoStores {
  private VideoStores() {}

  /**
   * The bucket, with its fallbacks, or {@code OUTPUT_DIR} without one. Returns at once: the client
   * is built in the background, and credentials that cannot be used are logged then.
   */
  public static VideoStore of(StorageSettings settings, Time time) {
    Optional<Bucket> bucket = settings.bucket();
    if (bucket.isEmpty()) {
      return folder(settings);
    }
    Uploader uploader = new Uploader(bucket.get(), Patience.UPLOAD, time);
    uploader.warmUp();
    return new GcsStore(bucket.get(), uploader, new KeepFolder(settings.keepDir(), time));
  }

  /**
   * Videos go straight into a folder, under the next free number where another has the name; into
   * the bucket too, where one is set.
   */
  public static VideoStore keptIn(Path folder, StorageSettings settings, Time time) {
    return new KeptStore(folder, settings.bucket().map(_ -> of(settings, time)));
  }

  /** Videos go to {@code OUTPUT_DIR}, whatever else is set. */
  public static VideoStore folder(StorageSettings settings) {
    return new FolderStore(settings.outputDir());
  }
}
