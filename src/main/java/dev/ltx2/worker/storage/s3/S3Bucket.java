package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.GuardedHttp;
import dev.ltx2.worker.storage.client.Bucket;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.StoreClient;
import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * A bucket that speaks S3.
 *
 * @param variable the setting that names it, or the request's field
 * @param region of the signature, as it was given; the bucket itself knows better
 * @param prefix of object names, without slashes at its ends; may be empty
 * @param lifetime of a signed address, 1 s to 7 days
 * @param publicUrl where everybody finds its objects, if that is not its endpoint
 */
public record S3Bucket(
    String variable,
    HttpUrl endpoint,
    String name,
    String region,
    String prefix,
    UrlKind url,
    Duration lifetime,
    Optional<HttpUrl> publicUrl,
    Keys keys)
    implements Bucket {
  /** Credentials; their text shows none. */
  public record Keys(String accessKey, String secret, Optional<String> token) {
    @Override
    public String toString() {
      return "Keys[…]";
    }
  }

  /** Empty where none is set. */
  public static Optional<S3Bucket> read(StoreVariables variables) {
    return new S3Settings(variables).read();
  }

  /** Of a request, with keys of its own; its answer has an address that is signed. */
  public static S3Bucket ofJob(HttpUrl endpoint, String bucket, Keys keys) {
    return new S3Bucket(
        "s3Config",
        endpoint,
        bucket,
        S3Address.regionOf(endpoint).orElse(S3Address.USUAL_REGION),
        "ugc_media",
        UrlKind.SIGNED,
        StoreVariables.MAX_SIGNED_URL_TTL,
        Optional.empty(),
        keys);
  }

  S3Address address(String inRegion) {
    return new S3Address(endpoint, name, inRegion);
  }

  @Override
  public String store() {
    return "S3";
  }

  @Override
  public String id() {
    return endpoint.newBuilder().addPathSegment(name).build().toString();
  }

  @Override
  public String setting() {
    return variable + " (" + id() + ")";
  }

  @Override
  public String uri(String object) {
    return "s3://" + name + "/" + object;
  }

  @Override
  public String promised(String object) {
    return url == UrlKind.PUBLIC ? publicAddress(object) : uri(object);
  }

  /** An object's address where the bucket is public. */
  String publicAddress(String object) {
    return publicUrl
        .map(base -> S3Address.under(base, object))
        .orElseGet(() -> address(region).of(object))
        .toString();
  }

  @Override
  public StoreClient client(UploadTimeouts patience, Clock time) {
    return new S3StoreClient(this, new OkHttpClient.Builder(), patience, time);
  }

  /** For an endpoint that a stranger has named. */
  public StoreClient client(UploadTimeouts patience, Clock time, AddressGuard guard) {
    return new S3StoreClient(this, GuardedHttp.client(guard), patience, time);
  }

  @Override
  public List<StoreCheck> probe(UploadTimeouts patience) {
    return new S3Probe(this, patience).run();
  }
}
