package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** A video that could not be handed over: {@code GCS upload failed: …}, with where it is kept. */
public final class StorageException extends ExplainedException {
  /** A sentence for the client. */
  public StorageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
