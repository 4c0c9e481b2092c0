package dev.ltx2.worker.storage.s3;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** The platform's one address for endpoint and bucket, taken apart. */
record BucketEndpoint(HttpUrl endpoint, String bucket) {
  /**
   * A host's first label is a bucket's name where what follows is known to be a store's own host:
   * elsewhere it may be an account's, or the server's.
   */
  private static final Pattern HOST =
      Pattern.compile(
          "(?<bucket>[a-z0-9][a-z0-9-]+)\\.(?<host>s3[.-].+"
              + "|[a-z0-9-]+\\.digitaloceanspaces\\.com"
              + "|[0-9a-f]{32}(\\.[a-z]+)?\\.r2\\.cloudflarestorage\\.com)");

  /** Empty where it names no bucket, or more than one thing that could be one. */
  static Optional<BucketEndpoint> of(HttpUrl url) {
    List<String> path = url.pathSegments().stream().filter(part -> !part.isEmpty()).toList();
    Matcher host = HOST.matcher(url.host());
    if (path.size() == 1 && !host.matches() && S3Settings.isName(path.getFirst())) {
      return Optional.of(
          new BucketEndpoint(url.newBuilder().encodedPath("/").build(), path.getFirst()));
    }
    if (path.isEmpty() && host.matches()) {
      return Optional.of(
          new BucketEndpoint(
              url.newBuilder().host(host.group("host")).build(), host.group("bucket")));
    }
    return Optional.empty();
  }
}
