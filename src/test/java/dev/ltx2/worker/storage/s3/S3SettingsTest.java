package dev.ltx2.worker.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.client.UrlKind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3SettingsTest {
  private static final Map<String, String> OWN =
      Map.of(
          "S3_BUCKET", "videos",
          "AWS_ACCESS_KEY_ID", "AKID",
          "AWS_SECRET_ACCESS_KEY", "s3cr3t");

  private static Optional<S3Bucket> read(Map<String, String> base, String... more) {
    StoreVariables variables = new StoreVariables(with(base, more));
    Optional<S3Bucket> read = S3Bucket.read(variables);
    assertThat(variables.faults()).isEmpty();
    return read;
  }

  private static List<String> faults(Map<String, String> base, String... more) {
    StoreVariables variables = new StoreVariables(with(base, more));
    S3Bucket.read(variables);
    assertThat(variables.faults()).noneMatch(fault -> fault.contains("s3cr3t"));
    return variables.faults();
  }

  private static Map<String, String> with(Map<String, String> base, String... more) {
    Map<String, String> environment = new HashMap<>(base);
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  private static Map<String, String> platform(String endpoint) {
    return Map.of(
        "BUCKET_ENDPOINT_URL", endpoint,
        "BUCKET_ACCESS_KEY_ID", "PKID",
        "BUCKET_SECRET_ACCESS_KEY", "s3cr3t");
  }

  @Test
  void defaults() {
    assertThat(read(OWN))
        .contains(
            new S3Bucket(
                "S3_BUCKET",
                HttpUrl.get("https://s3.us-east-1.amazonaws.com/"),
                "videos",
                "us-east-1",
                "ugc_media",
                UrlKind.SIGNED,
                Duration.ofDays(7),
                Optional.empty(),
                new S3Bucket.Keys("AKID", "s3cr3t", Optional.empty())));
    assertThat(read(Map.of("S3_PREFIX", "unused"))).isEmpty();
    assertThat(read(OWN).toString()).doesNotContain("AKID", "s3cr3t");
  }

  @Test
  void everySetting() {
    assertThat(
            read(
                OWN,
                "S3_ENDPOINT",
                "https://minio.example.com:9000/",
                "S3_REGION",
                "eu-central-1",
                "S3_PREFIX",
                "/a/b/",
                "S3_URL",
                "public",
                "S3_SIGNED_URL_TTL",
                "60",
                "S3_PUBLIC_URL",
                "https://videos.example.com/x",
                "AWS_SESSION_TOKEN",
                "tok",
                "AWS_REGION",
                "loses"))
        .contains(
            new S3Bucket(
                "S3_BUCKET",
                HttpUrl.get("https://minio.example.com:9000/"),
                "videos",
                "eu-central-1",
                "a/b",
                UrlKind.PUBLIC,
                Duration.ofMinutes(1),
                Optional.of(HttpUrl.get("https://videos.example.com/x")),
                new S3Bucket.Keys("AKID", "s3cr3t", Optional.of("tok"))));
  }

  @ParameterizedTest
  @CsvSource({
    "https://s3.eu-west-1.amazonaws.com, eu-west-1",
    "https://s3.amazonaws.com, us-east-1",
    "https://s3.cn-north-1.amazonaws.com.cn, cn-north-1",
    "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com, auto",
    "https://s3.us-west-004.backblazeb2.com, us-west-004",
    "https://minio.example.com, us-east-1"
  })
  void theEndpointNamesTheRegion(String endpoint, String region) {
    assertThat(read(OWN, "S3_ENDPOINT", endpoint).orElseThrow().region()).isEqualTo(region);
  }

  /** As AWS's own tools take it. */
  @Test
  void theRegionComesFromTheNearestVariable() {
    assertThat(read(OWN, "AWS_DEFAULT_REGION", "eu-west-3").orElseThrow().region())
        .isEqualTo("eu-west-3");
    S3Bucket bucket =
        read(OWN, "AWS_DEFAULT_REGION", "eu-west-3", "AWS_REGION", "eu-west-2").orElseThrow();
    assertThat(bucket.region()).isEqualTo("eu-west-2");
    assertThat(bucket.endpoint()).isEqualTo(HttpUrl.get("https://s3.eu-west-2.amazonaws.com/"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://s3.eu-west-1.amazonaws.com, videos, https://videos.s3.eu-west-1.amazonaws.com/",
    "https://s3.amazonaws.com, videos, https://videos.s3.us-east-1.amazonaws.com/",
    "https://s3.eu-west-1.amazonaws.com, my.videos, https://s3.eu-west-1.amazonaws.com/my.videos/",
    "http://minio:9000/base, videos, http://minio:9000/base/videos/"
  })
  void awsHasTheBucketInTheHostsNameOthersInThePath(String endpoint, String name, String at) {
    S3Bucket bucket = read(OWN, "S3_ENDPOINT", endpoint, "S3_BUCKET", name).orElseThrow();
    assertThat(bucket.address(bucket.region()).of("p/ü b+c.mp4").toString())
        .isEqualTo(at + "p/%C3%BC%20b%2Bc.mp4");
  }

  @Test
  void aPublicAddressIsTheOneThatWasSet() {
    S3Bucket bucket =
        read(OWN, "S3_URL", "public", "S3_PUBLIC_URL", "https://v.example.com").orElseThrow();
    assertThat(bucket.promised("a/b c.mp4")).isEqualTo("https://v.example.com/a/b%20c.mp4");
  }

  @ParameterizedTest
  @CsvSource({
    "https://s3.example.com/my-videos, https://s3.example.com/, my-videos",
    "https://my-videos.s3.eu-west-1.amazonaws.com, https://s3.eu-west-1.amazonaws.com/, my-videos",
    "https://my-videos.nyc3.digitaloceanspaces.com/, https://nyc3.digitaloceanspaces.com/, my-videos",
    "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/v-1,"
        + " https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/, v-1"
  })
  void thePlatformsAddressHasTheBucketInHostOrPath(String given, String endpoint, String name) {
    S3Bucket bucket = read(platform(given)).orElseThrow();
    assertThat(bucket.endpoint()).isEqualTo(HttpUrl.get(endpoint));
    assertThat(bucket.name()).isEqualTo(name);
    assertThat(bucket.keys().accessKey()).isEqualTo("PKID");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://s3.example.com",
        "https://s3.eu-west-1.amazonaws.com/",
        "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
        "https://s3.example.com/a/b",
        "https://one.s3.eu-west-1.amazonaws.com/two"
      })
  void anAddressWithoutOneBucketIsRefused(String given) {
    assertThat(faults(platform(given)))
        .singleElement()
        .asString()
        .startsWith("BUCKET_ENDPOINT_URL must name the bucket");
  }

  @Test
  void theWorkersOwnBeatsThePlatforms() {
    S3Bucket bucket =
        read(
                OWN,
                "BUCKET_ENDPOINT_URL",
                "https://x/y-y",
                "BUCKET_ACCESS_KEY_ID",
                "b",
                "BUCKET_SECRET_ACCESS_KEY",
                "c")
            .orElseThrow();
    assertThat(bucket.variable()).isEqualTo("S3_BUCKET");
  }

  @Test
  void halfOfThePlatformsIsRefused() {
    assertThat(faults(Map.of("BUCKET_ENDPOINT_URL", "https://x/y-y", "BUCKET_ACCESS_KEY_ID", "a")))
        .singleElement()
        .asString()
        .startsWith("BUCKET_SECRET_ACCESS_KEY must be set too");
  }

  @ParameterizedTest
  @CsvSource({
    "S3_BUCKET, s3://x, S3_BUCKET must be a bucket's name",
    "S3_ENDPOINT, ftp://x, S3_ENDPOINT must be an http",
    "S3_ENDPOINT, https://u:s3cr3t@x, S3_ENDPOINT must be an http",
    "S3_REGION, 'a b', S3_REGION",
    "S3_URL, secret, S3_URL must be public or signed",
    "S3_SIGNED_URL_TTL, 604801, S3_SIGNED_URL_TTL must be 1 to 604800",
    "S3_PUBLIC_URL, https://x, S3_PUBLIC_URL needs S3_URL=public",
    "AWS_SECRET_ACCESS_KEY, '', S3_BUCKET needs AWS_ACCESS_KEY_ID"
  })
  void namesWhatIsWrong(String name, String value, String fault) {
    assertThat(faults(OWN, name, value)).singleElement().asString().startsWith(fault);
  }
}
