package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.AtomicCopies;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Videos side by side in one folder, none replaced by another; with a bucket they go there too. */
final class LocalStore implements VideoStore {
  private final Path folder;
  private final Optional<VideoStore> bucket;

  LocalStore(Path folder, Optional<VideoStore> bucket) {
    this.folder = folder.toAbsolutePath().normalize();
    this.bucket = bucket;
  }

  @Override
  public Stored store(String jobId, Path file, String fileName, UploadListener listener)
      throws StorageException, InterruptedException {
    Path kept;
    try {
      kept = AtomicCopies.add(file, folder, SafeName.ofFile(fileName));
    } catch (IOException e) {
      throw new StorageException(
          "The video could not be written to " + folder + ": " + IoErrors.of(e), e);
    }
    return bucket.isPresent()
        ? bucket.get().store(jobId, kept, kept.getFileName().toString(), listener)
        : new Stored.Local(kept);
  }
}
