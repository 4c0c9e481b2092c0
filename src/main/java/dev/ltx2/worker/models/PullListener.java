package dev.ltx2.worker.models;

/** Told what a pull does; called from several threads at once. */
public interface PullListener {
  /** A file is being fetched; {@code done} of its {@code size} bytes were there already. */
  default void started(ModelFile file, long done, long size) {}

  /** Bytes arrived; negative when they have to be fetched again. */
  default void fetched(ModelFile file, long bytes) {}

  /** All bytes are there and are compared with the SHA-256. */
  default void verifying(ModelFile file) {}

  /** The file is in its place, or was before. */
  default void finished(ModelFile file) {}
}
