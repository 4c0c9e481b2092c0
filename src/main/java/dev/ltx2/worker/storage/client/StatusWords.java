package dev.ltx2.worker.storage.client;

import java.util.Optional;

/** What a store means by an HTTP status, as far as all stores mean the same. */
public final class StatusWords {
  private StatusWords() {}

  /**
   * The status and a few words.
   *
   * @param permission what the call takes, by the store's own name
   */
  public static Optional<String> of(int status, String permission, String bucket) {
    return switch (status) {
      case 401 -> Optional.of("401, the credentials were refused");
      case 403 ->
          Optional.of(
              "403, permission denied: the credentials need "
                  + permission
                  + " on bucket "
                  + bucket);
      case 404 -> Optional.of("404, bucket " + bucket + " does not exist");
      case 429 -> Optional.of("429, too many requests");
      default -> Optional.empty();
    };
  }
}
