package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Path;

/** Videos in {@code OUTPUT_DIR/<job id>/<file name>}. */
final class FolderStore implements VideoStore {
  private final Path folder;

  FolderStore(Path folder) {
    this.folder = folder;
  }

  @Override
  public Stored store(String jobId, Path file, String fileName) throws StorageException {
    Path target = folder.resolve(SafeName.ofJob(jobId)).resolve(SafeName.ofFile(fileName));
    try {
      Copies.copy(file, target, false);
    } catch (IOException e) {
      throw new StorageException(
          "The video could not be written to OUTPUT_DIR ("
              + folder
              + "): "
              + IoErrors.of(e)
              + "; free some space there or set OUTPUT_DIR to a folder this user may write to",
          e);
    }
    return new Stored.Local(target);
  }
}
