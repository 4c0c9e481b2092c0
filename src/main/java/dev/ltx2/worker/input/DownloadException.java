package dev.ltx2.worker.input;

/**
 * An input that could not be had or used. The message is the API's: {@code Failed to download
 * image: 404 Not Found}.
 */
public final class DownloadException extends Exception {
  private final boolean retryable;

  /**
   * A failed input.
   *
   * @param retryable whether the same request may succeed later (5xx, time-outs, resets)
   */
  public DownloadException(String message, boolean retryable) {
    super(message);
    this.retryable = retryable;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }
}
