package dev.ltx2.worker.storage;

import dev.ltx2.worker.storage.client.Place;
import java.nio.file.Path;
import java.util.Optional;

/** How the video reaches the client. */
public sealed interface Stored {
  /**
   * On a server.
   *
   * @param gcsUrl {@code gs://…}, in Google Cloud Storage alone
   * @param fileName the API's {@code video_filename}
   * @param storeError why it is not where the request wanted it
   */
  record Uploaded(
      String videoUrl, Optional<String> gcsUrl, String fileName, Optional<String> storeError)
      implements Stored {
    /** Where it belongs. */
    static Uploaded at(Place place, String fileName) {
      return new Uploaded(place.videoUrl(), place.gcsUrl(), fileName, Optional.empty());
    }

    /** In another place's stead, if that one failed. */
    Uploaded because(Optional<String> error) {
      return new Uploaded(videoUrl, gcsUrl, fileName, error);
    }

    /** For log lines: without the query, which may be a signature. */
    public String shown() {
      return new Place(videoUrl, gcsUrl).shown();
    }
  }

  /**
   * In a folder of this machine.
   *
   * @param fileName the API's {@code video_filename}
   * @param storeError why it is not where the request or the settings wanted it
   * @param gcsError the part of it that is Google Cloud Storage's
   */
  record Local(Path file, String fileName, Optional<String> storeError, Optional<String> gcsError)
      implements Stored {
    /** Where it belongs, under its own name. */
    public Local(Path file) {
      this(file, file.getFileName().toString());
    }

    /** Where it belongs. */
    public Local(Path file, String fileName) {
      this(file, fileName, Optional.empty(), Optional.empty());
    }

    /** In another place's stead, which failed. */
    public Local because(Optional<String> error, Optional<String> ofGcs) {
      return new Local(file, fileName, error, ofGcs);
    }
  }

  /**
   * Inside the answer, as base64, because the upload failed.
   *
   * @param file the very file that was given to the store: it is read while the answer is written,
   *     never held in memory as a whole, so whoever made it deletes it only after that
   * @param storeError what was tried and failed
   * @param gcsError the part of it that is Google Cloud Storage's: {@code GCS upload failed: …}
   */
  record Inline(Path file, String storeError, Optional<String> gcsError) implements Stored {
    /** After Google Cloud Storage alone. */
    public Inline(Path file, String gcsError) {
      this(file, gcsError, Optional.of(gcsError));
    }

    /** The length of that many bytes in base64, with its padding and without line breaks. */
    public static long encodedSize(long bytes) {
      return (bytes + 2) / 3 * 4;
    }
  }
}
