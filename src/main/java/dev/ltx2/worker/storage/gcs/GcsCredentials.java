package dev.ltx2.worker.storage.gcs;

import java.nio.file.Path;

/** Where the client's identity comes from. */
public sealed interface GcsCredentials {
  /** The platform's application default credentials. */
  record ApplicationDefault() implements GcsCredentials {}

  /** {@code GOOGLE_APPLICATION_CREDENTIALS}. */
  record File(Path path) implements GcsCredentials {}

  /** {@code GCS_CREDENTIALS_JSON}; its text shows the value nowhere. */
  record Json(String json) implements GcsCredentials {
    @Override
    public String toString() {
      return "Json[…]";
    }
  }
}
