package dev.ltx2.worker.storage;

import java.nio.file.Path;

/** Where a finished video goes. */
@FunctionalInterface
public interface VideoStore {
  /**
   * Puts the file there, or finds the next best way to hand it over.
   *
   * @param file stays the caller's; the store copies or uploads it
   * @param fileName the API's {@code video_filename}
   * @param listener of a store whose videos outlive this worker
   * @throws StorageException when the video could not be handed over; it then says where it is kept
   */
  Stored store(String jobId, Path file, String fileName, UploadListener listener)
      throws StorageException, InterruptedException;

  /** The same, with nobody listening. */
  default Stored store(String jobId, Path file, String fileName)
      throws StorageException, InterruptedException {
    return store(jobId, file, fileName, UploadListener.NONE);
  }
}
