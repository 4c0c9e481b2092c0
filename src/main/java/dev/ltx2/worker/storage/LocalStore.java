package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.AtomicCopies;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.client.SafeName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Videos side by side in one folder, none replaced by another; with a bucket, or where a request
 * names a place, they go there too.
 */
final class LocalStore implements VideoStore {
  private final Path folder;
  private final VideoStore remote;
  private final boolean bucket;

  LocalStore(Path folder, VideoStore remote, boolean bucket) {
    this.folder = folder.toAbsolutePath().normalize();
    this.remote = remote;
    this.bucket = bucket;
  }

  @Override
  public Optional<String> refusal(Target target) {
    return remote.refusal(target);
  }

  @Override
  public Stored store(
      String jobId, Path file, String fileName, Target target, UploadListener listener)
      throws StorageException, InterruptedException {
    Path kept;
    try {
      kept = AtomicCopies.add(file, folder, SafeName.ofFile(fileName));
    } catch (IOException e) {
      throw new StorageException(
          "The video could not be written to " + folder + ": " + IoErrors.of(e), e);
    }
    return bucket || !(target instanceof Target.None)
        ? remote.store(jobId, kept, kept.getFileName().toString(), target, listener)
        : new Stored.Local(kept);
  }
}
