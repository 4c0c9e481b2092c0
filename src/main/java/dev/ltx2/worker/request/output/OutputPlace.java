package dev.ltx2.worker.request.output;

import java.util.Map;
import okhttp3.HttpUrl;

/** Where a request wants its video. What is in it is secret: its text shows nothing. */
public sealed interface OutputPlace {
  /** Where the worker's videos go. */
  record Usual() implements OutputPlace {}

  /**
   * An address that takes one PUT.
   *
   * @param headers to be sent with it; names are in lower case
   */
  record Address(HttpUrl url, Map<String, String> headers) implements OutputPlace {
    /** Headers are copied. */
    public Address {
      headers = Map.copyOf(headers);
    }

    @Override
    public String toString() {
      return "Address[…]";
    }
  }

  /** A bucket that speaks S3, and the keys to it. */
  record S3Config(HttpUrl endpointUrl, String bucketName, String accessId, String accessSecret)
      implements OutputPlace {
    @Override
    public String toString() {
      return "S3Config[…]";
    }
  }
}
