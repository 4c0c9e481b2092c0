package dev.ltx2.worker.input;

import dev.ltx2.worker.common.ExplainedException;

/**
 * An input that could not be had or used. The message is the API's: {@code Failed to download
 * image: 404 Not Found}.
 */
public final class DownloadException extends ExplainedException {
  private final boolean retryable;

  /**
   * A failed input.
   *
   * @param retryable whether the same request may succeed later (5xx, time-outs, resets)
   */
  public DownloadException(String message, boolean retryable) {
    super(message, null);
    this.retryable = retryable;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }
}
