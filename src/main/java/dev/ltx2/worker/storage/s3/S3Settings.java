package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.s3.S3Bucket.Keys;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/** {@code S3_BUCKET} and what belongs to it; without it the platform's {@code BUCKET_*}. */
final class S3Settings {
  static final String OWN = "S3_BUCKET";
  static final String PLATFORM = "BUCKET_ENDPOINT_URL";
  private static final List<String> PLATFORMS =
      List.of(PLATFORM, "BUCKET_ACCESS_KEY_ID", "BUCKET_SECRET_ACCESS_KEY");
  private final StoreVariables variables;

  /** What both have. Read in any case: a value that is not understood stops the start. */
  private final Optional<HttpUrl> endpoint;

  private final Optional<String> region;
  private final String prefix;
  private final UrlKind url;
  private final Duration lifetime;
  private final Optional<HttpUrl> publicUrl;

  S3Settings(StoreVariables variables) {
    this.variables = variables;
    this.endpoint = httpUrl("S3_ENDPOINT");
    this.region = region();
    this.prefix = variables.prefix("S3_PREFIX");
    this.url = variables.urlKind("S3_URL", UrlKind.SIGNED);
    this.lifetime = variables.lifetime("S3_SIGNED_URL_TTL");
    this.publicUrl = httpUrl("S3_PUBLIC_URL");
    if (publicUrl.isPresent() && url == UrlKind.SIGNED) {
      variables.fault("S3_PUBLIC_URL needs S3_URL=public: addresses are signed otherwise");
    }
  }

  Optional<S3Bucket> read() {
    Optional<String> own = variables.get(OWN);
    return own.isPresent() ? own(own.get()) : platform();
  }

  private Optional<S3Bucket> own(String name) {
    if (!isName(name)) {
      variables.fault("S3_BUCKET must be a bucket's name alone, as in my-videos");
    }
    Optional<Keys> keys = keys("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN");
    if (keys.isEmpty()) {
      variables.fault("S3_BUCKET needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
      return Optional.empty();
    }
    HttpUrl at = endpoint.orElseGet(() -> S3Address.aws(region.orElse(S3Address.USUAL_REGION)));
    return Optional.of(bucket(OWN, at, name, keys.get()));
  }

  private Optional<S3Bucket> platform() {
    List<String> unset = PLATFORMS.stream().filter(n -> variables.get(n).isEmpty()).toList();
    if (unset.size() == PLATFORMS.size()) {
      return Optional.empty();
    }
    if (!unset.isEmpty()) {
      variables.fault(
          "%s must be set too: %s belong together"
              .formatted(String.join(" and ", unset), String.join(", ", PLATFORMS)));
      return Optional.empty();
    }
    Keys keys = keys("BUCKET_ACCESS_KEY_ID", "BUCKET_SECRET_ACCESS_KEY", "").orElseThrow();
    return httpUrl(PLATFORM)
        .flatMap(given -> {
          Optional<BucketEndpoint> found = BucketEndpoint.of(given);
          if (found.isEmpty()) {
            variables.fault(
                PLATFORM
                    + " must name the bucket, as in https://HOST/my-videos or"
                    + " https://my-videos.s3.REGION.amazonaws.com");
          }
          return found.map(at -> bucket(PLATFORM, at.endpoint(), at.bucket(), keys));
        });
  }

  private S3Bucket bucket(String variable, HttpUrl at, String name, Keys keys) {
    return new S3Bucket(
        variable,
        at,
        name,
        region.or(() -> S3Address.regionOf(at)).orElse(S3Address.USUAL_REGION),
        prefix,
        url,
        lifetime,
        publicUrl,
        keys);
  }

  static boolean isName(String name) {
    return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]");
  }

  private Optional<Keys> keys(String id, String secret, String token) {
    return variables
        .get(id)
        .flatMap(i -> variables.get(secret).map(s -> new Keys(i, s, variables.get(token))));
  }

  private Optional<String> region() {
    Optional<String> given =
        variables
            .get("S3_REGION")
            .or(() -> variables.get("AWS_REGION"))
            .or(() -> variables.get("AWS_DEFAULT_REGION"));
    if (given.isPresent() && !given.get().matches("[A-Za-z0-9-]{2,40}")) {
      variables.fault("S3_REGION (or AWS_REGION) must be a region's name, as in eu-central-1");
      return Optional.empty();
    }
    return given;
  }

  private Optional<HttpUrl> httpUrl(String name) {
    return variables
        .url(name)
        .map(URI::toString)
        .flatMap(text -> Optional.ofNullable(HttpUrl.parse(text)));
  }
}
