package dev.ltx2.worker.storage.client;

import java.util.Optional;

/**
 * Where a video is.
 *
 * @param videoUrl for clients
 * @param gcsUrl {@code gs://…}, in Google Cloud Storage alone
 */
public record Place(String videoUrl, Optional<String> gcsUrl) {
  /** A place outside of Google Cloud Storage. */
  public static Place at(String videoUrl) {
    return new Place(videoUrl, Optional.empty());
  }

  /** For log lines: a signature's query is nobody's business there. */
  public String shown() {
    return gcsUrl.orElseGet(() -> videoUrl.replaceFirst("[?#].*", ""));
  }
}
