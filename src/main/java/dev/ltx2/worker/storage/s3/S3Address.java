package dev.ltx2.worker.storage.s3;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * Where a bucket's objects are: AWS has the bucket in the host's name, everybody takes it as the
 * path's first segment.
 */
record S3Address(HttpUrl endpoint, String bucket, String region) {
  static final String USUAL_REGION = "us-east-1";
  private static final String PLAIN =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  /** {@code s3.amazonaws.com} is us-east-1. */
  private static final Pattern AWS =
      Pattern.compile("s3(?:[.-](?<region>[a-z0-9-]+))?\\.amazonaws\\.com(?<china>\\.cn)?");

  /** The region that an endpoint's host names. */
  static Optional<String> regionOf(HttpUrl endpoint) {
    Matcher aws = AWS.matcher(endpoint.host());
    if (aws.matches()) {
      return Optional.of(Optional.ofNullable(aws.group("region")).orElse(USUAL_REGION));
    }
    if (endpoint.host().endsWith(".r2.cloudflarestorage.com")) {
      return Optional.of("auto");
    }
    Matcher other = Pattern.compile("s3[.-]([a-z]{2}-[a-z0-9-]+)\\..*").matcher(endpoint.host());
    return other.matches() ? Optional.of(other.group(1)) : Optional.empty();
  }

  /** The endpoint of AWS for a region. */
  static HttpUrl aws(String region) {
    String china = region.startsWith("cn-") ? ".cn" : "";
    return new HttpUrl.Builder()
        .scheme("https")
        .host("s3." + region + ".amazonaws.com" + china)
        .build();
  }

  /** The address of an object, each byte encoded that a signature needs encoded. */
  HttpUrl of(String object) {
    Matcher aws = AWS.matcher(endpoint.host());
    if (!aws.matches()) {
      return under(endpoint.newBuilder().addPathSegment(bucket).build(), object);
    }
    HttpUrl regional = endpoint.newBuilder().host(aws(region).host()).build();
    // A certificate for *.s3.region.amazonaws.com does not cover a name with dots
    return bucket.contains(".")
        ? under(regional.newBuilder().addPathSegment(bucket).build(), object)
        : under(regional.newBuilder().host(bucket + "." + regional.host()).build(), object);
  }

  /** An object's address below another one. */
  static HttpUrl under(HttpUrl base, String object) {
    StringBuilder path = new StringBuilder(base.encodedPath().replaceFirst("/$", ""));
    path.append('/');
    for (byte b : object.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c == '/' || PLAIN.indexOf(c) >= 0) {
        path.append(c);
      } else {
        path.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return base.newBuilder().encodedPath(path.toString()).build();
  }
}
