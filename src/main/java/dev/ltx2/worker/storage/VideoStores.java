package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the store that the settings ask for. */
public final class VideoStores {
  private VideoStores() {}

  /**
   * For a worker of the platform: the bucket, with its fallbacks; without one, the answer and the
   * keep folder. Returns at once: the client is built in the background, and credentials that
   * cannot be used are logged then.
   */
  public static VideoStore of(StorageSettings settings, Clock time) {
    return of(settings, UploadTimeouts.UPLOAD, time);
  }

  static VideoStore of(StorageSettings settings, UploadTimeouts patience, Clock time) {
    return handOver(
        settings, patience, time, new Fallback(KeepFolders.of(settings, new Leases(time), time)));
  }

  private static VideoStore handOver(
      StorageSettings settings, UploadTimeouts patience, Clock time, Fallback fallback) {
    Optional<Uploader> uploader =
        settings.bucket().map(bucket -> new Uploader(bucket, patience, time));
    uploader.ifPresent(Uploader::warmUp);
    return new HandOver(new Targets(settings.allowPrivate(), patience, time), uploader, fallback);
  }

  /**
   * Videos go straight into a folder, under the next free number where another has the name; into
   * the bucket too, where one is set.
   */
  public static VideoStore keptIn(Path folder, StorageSettings settings, Clock time) {
    Fallback fallback =
        new Fallback(KeepFolders.of(settings, new Leases(time), time), "stays in " + folder);
    return new LocalStore(
        folder,
        handOver(settings, UploadTimeouts.UPLOAD, time, fallback),
        settings.bucket().isPresent());
  }
}
