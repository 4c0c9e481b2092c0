package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.storage.s3.S3Bucket.Keys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** Signs requests by AWS's own signer, version 4. */
final class S3Signer {
  private static final AwsV4HttpSigner SIGNER = AwsV4HttpSigner.create();
  private final AwsCredentialsIdentity identity;

  S3Signer(Keys keys) {
    this.identity =
        keys.token()
            .<AwsCredentialsIdentity>map(token ->
                AwsSessionCredentialsIdentity.create(keys.accessKey(), keys.secret(), token))
            .orElseGet(() -> AwsCredentialsIdentity.create(keys.accessKey(), keys.secret()));
  }

  /** What a signature is made for. */
  record Scope(String region, Clock clock) {}

  /**
   * The request with its signature. A file's hash is part of it where the connection has no TLS.
   *
   * @param file what {@code request} sends
   */
  Request sign(Request request, Optional<Path> file, Scope scope) {
    SdkHttpRequest signed =
        SIGNER
            .sign(spec -> {
              common(spec, request.url(), request, scope);
              file.ifPresent(path -> spec.payload(content(path)));
              spec.putProperty(
                  AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED,
                  file.isEmpty() || !request.url().isHttps());
            })
            .request();
    Request.Builder result = request.newBuilder();
    signed.forEachHeader((name, values) -> {
      if (!name.equalsIgnoreCase("Host")) {
        result.removeHeader(name);
        values.forEach(value -> result.addHeader(name, value));
      }
    });
    return result.build();
  }

  /** An address by which everybody may read, for a while. */
  HttpUrl presign(HttpUrl url, Duration lifetime, Scope scope) {
    return presign("GET", url, lifetime, scope);
  }

  HttpUrl presign(String method, HttpUrl url, Duration lifetime, Scope scope) {
    Request plain =
        new Request.Builder()
            .url(url)
            .method(method, method.equals("PUT") ? RequestBody.EMPTY : null)
            .build();
    SdkHttpRequest signed =
        SIGNER
            .sign(spec -> {
              common(spec, url, plain, scope);
              spec.putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                  .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, lifetime)
                  .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false);
            })
            .request();
    return HttpUrl.get(signed.getUri().toString());
  }

  private void common(
      SignRequest.Builder<AwsCredentialsIdentity> spec, HttpUrl url, Request plain, Scope scope) {
    Consumer<SdkHttpRequest.Builder> headers =
        to ->
            plain
                .headers()
                .forEach(header -> to.appendHeader(header.getFirst(), header.getSecond()));
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.fromValue(plain.method()))
            .uri(URI.create(url.toString()));
    headers.accept(request);
    spec.identity(identity)
        .request(request.build())
        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "s3")
        .putProperty(AwsV4HttpSigner.REGION_NAME, scope.region())
        .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
        .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false)
        .putProperty(HttpSigner.SIGNING_CLOCK, scope.clock());
  }

  private static ContentStreamProvider content(Path file) {
    return () -> {
      try {
        return Files.newInputStream(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }
}
