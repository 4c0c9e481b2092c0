package dev.ltx2.worker.media;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** A file FFmpeg cannot read or write; the message names the file's role and FFmpeg's reason. */
public sealed class MediaException extends ExplainedException permits VideoFormatException {
  /** A sentence for the client. */
  public MediaException(String message) {
    super(message, null);
  }

  /** A sentence for the client, with its cause. */
  public MediaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
