package dev.ltx2.worker.storage;

/** Hears how far an upload is. */
@FunctionalInterface
public interface UploadProgress {
  /** Hears nothing. */
  UploadProgress NONE = _ -> {};

  /**
   * Called from the uploading thread; must return soon.
   *
   * @param fraction 0 to 1, never falling
   */
  void sent(double fraction);
}
