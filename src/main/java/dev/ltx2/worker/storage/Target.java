package dev.ltx2.worker.storage;

import java.util.Map;
import okhttp3.HttpUrl;

/**
 * Where a request wants its video. Addresses and keys are secrets: they are in no text of these
 * types, in no log line, and never on a disk.
 */
public sealed interface Target {
  /** The field that names it. */
  String label();

  /** Nowhere in particular. */
  record None() implements Target {
    @Override
    public String label() {
      return "none";
    }
  }

  /** An address that takes one PUT, with the headers that it was signed with. */
  record PresignedPut(HttpUrl url, Map<String, String> headers) implements Target {
    public PresignedPut {
      headers = Map.copyOf(headers);
    }

    @Override
    public String label() {
      return "output_url";
    }

    @Override
    public String toString() {
      return "PresignedPut[…]";
    }
  }

  /** A bucket that speaks S3, with keys that are the request's own. */
  record JobBucket(HttpUrl endpoint, String bucket, String accessId, String accessSecret)
      implements Target {
    @Override
    public String label() {
      return "s3Config";
    }

    @Override
    public String toString() {
      return "JobBucket[…]";
    }
  }
}
