package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.storage.client.StatusWords;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.http.HttpAnswer;
import java.util.Optional;

/** What an S3 server refuses, by status and error code, never by its messages. */
final class S3Faults {
  private S3Faults() {}

  /** What was asked of the bucket, and the permission it takes. */
  enum Action {
    PUT("s3:PutObject"),
    GET("s3:GetObject"),
    DELETE("s3:DeleteObject");

    private final String permission;

    Action(String permission) {
      this.permission = permission;
    }

    String permission() {
      return permission;
    }
  }

  static StoreFault of(HttpAnswer answer, Action action, String bucket) {
    return new StoreFault(answer.code(), words(answer, action, bucket));
  }

  private static String words(HttpAnswer answer, Action action, String bucket) {
    String code = answer.code() + ", ";
    return switch (answer.errorCode()) {
      case "NoSuchBucket" -> code + "bucket " + bucket + " does not exist";
      case "InvalidAccessKeyId" -> code + "the access key id is not known there";
      case "SignatureDoesNotMatch" -> code + "the secret key does not belong to the access key id";
      case "ExpiredToken", "InvalidToken", "TokenRefreshRequired" ->
          code + "the session token is not valid, or no longer";
      case "RequestTimeTooSkewed" -> code + "this machine's clock is wrong: it must be set";
      case "BadDigest",
          "InvalidDigest",
          "XAmzContentSHA256Mismatch",
          "XAmzContentChecksumMismatch" ->
          code + "what arrived has another checksum than what was sent";
      case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed" ->
          code + elsewhere(answer, bucket);
      case "SlowDown" -> code + "too many requests";
      default -> status(answer, action, bucket);
    };
  }

  private static String status(HttpAnswer answer, Action action, String bucket) {
    return switch (answer.code()) {
      case 301, 307, 308 -> answer.code() + ", " + elsewhere(answer, bucket);
      case 412 -> "412, an object of this name with other content exists already";
      default ->
          StatusWords.of(answer.code(), action.permission(), bucket)
              .orElse("the S3 server answered " + answer.code());
    };
  }

  private static String elsewhere(HttpAnswer answer, String bucket) {
    return regionOf(answer)
        .map(region -> "bucket %s is in region %s".formatted(bucket, region))
        .orElse("bucket " + bucket + " is not at this endpoint: correct S3_ENDPOINT or S3_REGION");
  }

  /** The region that the bucket is in, as the server tells it to who asks in another. */
  static Optional<String> regionOf(HttpAnswer answer) {
    return Optional.ofNullable(answer.headers().get("x-amz-bucket-region"))
        .filter(region -> region.matches("[a-z0-9-]{2,40}"));
  }
}
