package dev.ltx2.worker.storage;

/** Hears where a video will be, before its first byte is sent. */
@FunctionalInterface
public interface UploadListener {
  /** Hears nothing. */
  UploadListener NONE = (_, _) -> {};

  /**
   * Called from the uploading thread; must return soon.
   *
   * @param to as the upload's result will be, but for a signature
   * @param proof one line, by which {@link VideoProofs} finds it
   */
  void begins(Stored.Uploaded to, String proof);
}
