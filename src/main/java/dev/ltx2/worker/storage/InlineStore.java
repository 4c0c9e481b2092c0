package dev.ltx2.worker.storage;

import java.nio.file.Path;

/**
 * A worker of the platform without a bucket: a file on its disk is lost with it, so a video goes
 * into the answer or, too big for that, into the keep folder.
 */
final class InlineStore implements VideoStore {
  static final String NO_BUCKET = "GCS_BUCKET is not set";
  private final Fallback fallback;

  InlineStore(Fallback fallback) {
    this.fallback = fallback;
  }

  @Override
  public Stored store(String jobId, Path file, String fileName, UploadListener listener)
      throws StorageException {
    return fallback.handOver(
        Destination.unknown(jobId, fileName),
        file,
        NO_BUCKET,
        ", from where it is sent once GCS_BUCKET is set");
  }
}
