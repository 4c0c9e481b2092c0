package dev.ltx2.worker.storage;

import java.nio.file.Path;
import java.util.Optional;

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

  /**
   * The same for a request that names a place of its own, which is tried first.
   *
   * @throws StorageException also from a store that has no way there
   */
  default Stored store(
      String jobId, Path file, String fileName, Target target, UploadListener listener)
      throws StorageException, InterruptedException {
    if (!(target instanceof Target.None)) {
      throw new StorageException(target.label() + " is nothing that this worker can use", null);
    }
    return store(jobId, file, fileName, listener);
  }

  /**
   * Why a request's place cannot be used, as far as that is known before a video is made; may look
   * its host's name up.
   */
  default Optional<String> refusal(Target target) {
    return Optional.empty();
  }

  /** The same, with nobody listening. */
  default Stored store(String jobId, Path file, String fileName)
      throws StorageException, InterruptedException {
    return store(jobId, file, fileName, UploadListener.NONE);
  }
}
