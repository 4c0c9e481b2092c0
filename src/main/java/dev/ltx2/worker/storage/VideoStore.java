package dev.ltx2.worker.storage;

import java.nio.file.Path;

/** Where a finished video goes. */
public interface VideoStore {
  /**
   * Puts the file there, or finds the next best way to hand it over.
   *
   * @param file stays the caller's; the store copies or uploads it
   * @param fileName the API's {@code video_filename}
   * @throws StorageException when the video could not be handed over; it then says where it is kept
   */
  Stored store(String jobId, Path file, String fileName)
      throws StorageException, InterruptedException;

  /** The same, with word of its progress where the store has any to give. */
  default Stored store(String jobId, Path file, String fileName, UploadProgress progress)
      throws StorageException, InterruptedException {
    return store(jobId, file, fileName);
  }
}
