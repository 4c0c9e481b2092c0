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
   * @param target the request's own place, which is tried first
   * @param listener of a store whose videos outlive this worker
   * @throws StorageException when the video could not be handed over; it then says where it is kept
   */
  Stored store(String jobId, Path file, String fileName, Target target, UploadListener listener)
      throws StorageException, InterruptedException;

  /**
   * Why a request's place cannot be used, as far as that is known before a video is made; may look
   * its host's name up.
   */
  default Optional<String> refusal(Target target) {
    return Optional.empty();
  }
}
