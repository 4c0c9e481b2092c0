package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.http.HttpAnswer;
import dev.ltx2.worker.storage.http.HttpRequests;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signed requests to one bucket, which learn from the server what the settings have wrong: its
 * region, and the time of day.
 */
final class S3Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(S3Exchange.class);
  private final S3Bucket bucket;
  private final Clock time;
  private final HttpRequests requests;
  private volatile String region;
  private volatile Duration skew = Duration.ZERO;
  private @Nullable S3Signer signer;

  S3Exchange(S3Bucket bucket, OkHttpClient.Builder client, UploadTimeouts patience, Clock time) {
    this.bucket = bucket;
    this.time = time;
    this.region = bucket.region();
    this.requests =
        new HttpRequests(
            client.followRedirects(false).followSslRedirects(false),
            "the S3 server",
            patience,
            time);
  }

  HttpRequests requests() {
    return requests;
  }

  /** Loading its classes takes some 0.2 s. */
  synchronized S3Signer signer() {
    if (signer == null) {
      signer = new S3Signer(bucket.keys());
    }
    return signer;
  }

  HttpUrl url(String object) {
    return bucket.address(region).of(object);
  }

  HttpUrl presigned(String object) {
    return signer().presign(url(object), bucket.lifetime(), scope());
  }

  private S3Signer.Scope scope() {
    Instant now = time.now().plus(skew);
    return new S3Signer.Scope(region, java.time.Clock.fixed(now, ZoneOffset.UTC));
  }

  /** With the server's own words for what passes. */
  HttpAnswer persist(HttpRequests.Attempt attempt) throws StoreFault, InterruptedException {
    return requests.persist(() -> {
      HttpAnswer answer = attempt.run();
      return switch (answer.errorCode()) {
        // A stall, and another writer of the same name who may yet fail
        case "RequestTimeout", "ConditionalRequestConflict", "OperationAborted" ->
            new HttpAnswer(503, answer.headers(), answer.body());
        default -> answer;
      };
    });
  }

  /**
   * Sends it; once more where the answer has told how it must be.
   *
   * @param request still without its address
   * @param file what it sends
   */
  HttpAnswer send(String object, Request.Builder request, Optional<Path> file) throws IOException {
    HttpAnswer answer = requests.send(signed(object, request, file));
    return learnsFrom(answer) ? requests.send(signed(object, request, file)) : answer;
  }

  Request signed(String object, Request.Builder request, Optional<Path> file) {
    return signer().sign(request.url(url(object)).build(), file, scope());
  }

  private boolean learnsFrom(HttpAnswer answer) {
    Optional<String> told = S3Faults.regionOf(answer).filter(there -> !there.equals(region));
    if (told.isPresent() && !answer.succeeded()) {
      LOG.warn("Bucket {} is in region {}, not {}", bucket.name(), told.get(), region);
      region = told.get();
      return true;
    }
    Date date = answer.headers().getDate("Date");
    if (answer.errorCode().equals("RequestTimeTooSkewed") && date != null) {
      skew = Duration.between(time.now(), date.toInstant());
      LOG.warn("This machine's clock is wrong by {} s: the S3 server says so", skew.toSeconds());
      return true;
    }
    return false;
  }
}
