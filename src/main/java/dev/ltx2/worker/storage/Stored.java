package dev.ltx2.worker.storage;

import java.nio.file.Path;

/** How the video reaches the client. */
public sealed interface Stored {
  /** In a bucket. */
  record Uploaded(String videoUrl, String gcsUrl) implements Stored {}

  /** In a folder of this machine. */
  record Local(Path file) implements Stored {}

  /**
   * Inside the answer, as base64, because the upload failed.
   *
   * @param file the very file that was given to the store: it is read while the answer is written,
   *     never held in memory as a whole, so whoever made it deletes it only after that
   * @param gcsError {@code GCS upload failed: …}
   */
  record Inline(Path file, String gcsError) implements Stored {
    /** The length of that many bytes in base64, with its padding and without line breaks. */
    public static long encodedSize(long bytes) {
      return (bytes + 2) / 3 * 4;
    }
  }
}
