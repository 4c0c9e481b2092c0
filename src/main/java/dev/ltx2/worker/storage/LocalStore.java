package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.AtomicCopies;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.client.SafeName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Videos side by side in one folder, none replaced by another; with a bucket, or where a request
 * names a place, they go there too. Where that fails the answer names the file in the folder: its
 * owner has it already.
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
    if (!bucket && target instanceof Target.None) {
      return new Stored.Local(kept);
    }
    try {
      Stored stored = remote.store(jobId, kept, kept.getFileName().toString(), target, listener);
      return stored instanceof Stored.Inline(var _, String why, var gcs)
          ? new Stored.Local(kept).because(Optional.of(why), gcs)
          : stored;
    } catch (StorageException e) {
      return new Stored.Local(kept).because(Optional.of(e.getMessage()), Optional.empty());
    }
  }
}
