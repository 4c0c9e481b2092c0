package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.net.AddressException;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.NotPublicException;
import dev.ltx2.worker.storage.client.BoundedCall;
import dev.ltx2.worker.storage.client.Place;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import dev.ltx2.worker.storage.presigned.PresignedUpload;
import dev.ltx2.worker.storage.presigned.SignedUntil;
import dev.ltx2.worker.storage.s3.S3Bucket;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import okhttp3.HttpUrl;

/** The places that requests name: strangers' addresses, behind the guard. */
final class Targets {
  private final boolean allowPrivate;
  private final AddressGuard guard;
  private final BoundedCall bounded;

  Targets(boolean allowPrivate, UploadTimeouts patience, Clock time) {
    this.allowPrivate = allowPrivate;
    this.guard = AddressGuard.of(allowPrivate);
    this.bounded = new BoundedCall(patience, time);
  }

  /** A sentence for the client; empty where nothing speaks against it yet. */
  Optional<String> refusal(Target target) {
    return switch (target) {
      case Target.None() -> Optional.empty();
      case Target.PresignedPut(HttpUrl url, var _) ->
          refusal(url).or(() -> expired(url)).map(why -> "output_url: " + why);
      case Target.JobBucket(HttpUrl endpoint, var _, var _, var _) ->
          refusal(endpoint).map(why -> "s3Config.endpointUrl: " + why);
    };
  }

  private Optional<String> refusal(HttpUrl url) {
    if (!url.isHttps() && !allowPrivate) {
      return Optional.of("it must be https");
    }
    try {
      String host = guard.checked(url).host();
      guard.lookup(host);
      return Optional.empty();
    } catch (AddressException e) {
      return Optional.of(e.getMessage());
    } catch (NotPublicException e) {
      return Optional.ofNullable(e.getMessage());
    } catch (UnknownHostException e) {
      return Optional.of("host not found: " + e.getMessage());
    }
  }

  private Optional<String> expired(HttpUrl url) {
    Optional<Instant> end = SignedUntil.of(url);
    return end.filter(bounded.time().now()::isAfter).map(at -> "its signature expired at " + at);
  }

  /**
   * Puts it there.
   *
   * @throws StoreFault when it is not there, as far as can be known
   */
  Place upload(Target target, String jobId, Path file, String fileName)
      throws StoreFault, InterruptedException {
    return switch (target) {
      case Target.None() -> throw new IllegalArgumentException("no target");
      case Target.PresignedPut put -> put(put, file);
      case Target.JobBucket job -> {
        S3Bucket bucket =
            S3Bucket.ofJob(
                job.endpoint(),
                job.bucket(),
                new S3Bucket.Keys(job.accessId(), job.accessSecret(), Optional.empty()));
        String object = Destination.in(bucket, jobId, fileName).address().orElseThrow().object();
        yield new Uploader(
                bucket, bucket.client(bounded.patience(), bounded.time(), guard), bounded)
            .upload(object, file, (_, _) -> {});
      }
    };
  }

  private Place put(Target.PresignedPut target, Path file) throws StoreFault, InterruptedException {
    PresignedUpload upload = new PresignedUpload(guard, bounded.patience(), bounded.time());
    return bounded.run(
        () -> {
          try {
            upload.put(target.url(), target.headers(), file, Checksum.of(file));
          } catch (IOException e) {
            throw new StoreFault(0, "the video cannot be read: " + IoErrors.of(e));
          }
          return Place.at(PresignedUpload.shown(target.url()));
        },
        upload::lastRetry);
  }
}
