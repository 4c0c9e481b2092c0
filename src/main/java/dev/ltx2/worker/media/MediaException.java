package dev.ltx2.worker.media;

/** A file FFmpeg cannot read or write; the message names the file's role and FFmpeg's reason. */
public sealed class MediaException extends Exception permits VideoFormatException {
  /** A sentence for the client. */
  public MediaException(String message) {
    super(message);
  }

  /** A sentence for the client, with its cause. */
  public MediaException(String message, Throwable cause) {
    super(message, cause);
  }
}
