package dev.ltx2.worker.media;

/** A file FFmpeg cannot read or write; the message names the file's role and FFmpeg's reason. */
public final class MediaException extends Exception {
  /** A sentence for the client. */
  public MediaException(String message) {
    super(message);
  }

  /** A sentence for the client, with its cause. */
  public MediaException(String message, Throwable cause) {
    super(message, cause);
  }
}
