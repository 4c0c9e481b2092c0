package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import java.nio.file.Path;

/** Makes the store that the settings ask for. */
public final class VideoStores {
  private VideoStores() {}

  /**
   * For a worker of the platform: the bucket, with its fallbacks; without one, the answer and the
   * keep folder. Returns at once: the client is built in the background, and credentials that
   * cannot be used are logged then.
   */
  public static VideoStore of(StorageSettings settings, Clock time) {
    Fallback fallback = new Fallback(KeepFolders.of(settings, new Leases(time), time));
    return settings
        .bucket()
        .<VideoStore>map(bucket -> {
          Uploader uploader = new Uploader(bucket, UploadTimeouts.UPLOAD, time);
          uploader.warmUp();
          return new GcsStore(bucket, uploader, fallback);
        })
        .orElseGet(() -> new InlineStore(fallback));
  }

  /**
   * Videos go straight into a folder, under the next free number where another has the name; into
   * the bucket too, where one is set.
   */
  public static VideoStore keptIn(Path folder, StorageSettings settings, Clock time) {
    return new LocalStore(folder, settings.bucket().map(_ -> of(settings, time)));
  }
}
