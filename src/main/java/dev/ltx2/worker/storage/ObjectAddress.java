package dev.ltx2.worker.storage;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Where an object is in Google Cloud Storage, or will be. */
record ObjectAddress(String bucket, String object) {
  /** {@code gs://bucket/object}. */
  String gcsUrl() {
    return "gs://" + bucket + "/" + object;
  }

  /** Its address where the bucket is public. */
  String publicUrl() {
    StringBuilder url = new StringBuilder("https://storage.googleapis.com/").append(bucket);
    for (String segment : object.split("/", -1)) {
      url.append('/')
          .append(URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"));
    }
    return url.toString();
  }
}
