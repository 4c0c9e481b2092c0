package dev.ltx2.worker.storage;

/** A video that could not be handed over: {@code GCS upload failed: …}, with where it is kept. */
public final class StorageException extends Exception {
  /** A sentence for the client. */
  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }
}
