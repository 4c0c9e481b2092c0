package dev.ltx2.worker.storage;

import dev.ltx2.worker.storage.StorageSettings.Bucket;
import java.nio.file.Path;

/** Videos in a bucket; where that fails, what {@link Fallback} does. */
final class GcsStore implements VideoStore {
  private final Bucket bucket;
  private final Uploader uploader;
  private final Fallback fallback;

  GcsStore(Bucket bucket, Uploader uploader, Fallback fallback) {
    this.bucket = bucket;
    this.uploader = uploader;
    this.fallback = fallback;
  }

  @Override
  public Stored store(String jobId, Path file, String fileName, UploadListener listener)
      throws StorageException, InterruptedException {
    Destination to = Destination.in(bucket, jobId, fileName);
    ObjectAddress address = to.address().orElseThrow();
    try {
      return uploader.upload(address.object(), file, listener);
    } catch (GcsFault fault) {
      return fallback.handOver(
          to,
          file,
          "GCS upload failed: " + fault.getMessage(),
          " and will be at " + uploader.promised(address));
    }
  }
}
