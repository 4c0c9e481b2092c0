package dev.ltx2.worker.storage.s3;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import okhttp3.HttpUrl;

/** Addresses as a client of the API makes them, for the bucket {@code videos}. */
public final class PresignedUrls {
  private PresignedUrls() {}

  /** Good for a PUT within an hour of {@code when}. */
  public static HttpUrl put(
      HttpUrl endpoint, String object, String key, String secret, Instant when) {
    S3Signer signer = new S3Signer(new S3Bucket.Keys(key, secret, Optional.empty()));
    return signer.presign(
        "PUT",
        new S3Address(endpoint, "videos", "us-east-1").of(object),
        Duration.ofHours(1),
        new S3Signer.Scope("us-east-1", Clock.fixed(when, ZoneOffset.UTC)));
  }
}
