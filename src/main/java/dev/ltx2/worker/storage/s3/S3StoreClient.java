package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Digests;
import dev.ltx2.worker.storage.client.Place;
import dev.ltx2.worker.storage.client.StoreClient;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.http.FileBody;
import dev.ltx2.worker.storage.http.HttpAnswer;
import dev.ltx2.worker.storage.s3.S3Faults.Action;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects of one bucket, each by a single PUT: it is there whole or not at all, and nothing waits
 * there half-sent. The server checks an MD5 on arrival; that of the bytes' CRC32C goes with them as
 * metadata, by which an object is known again.
 */
final class S3StoreClient implements StoreClient {
  /** Metadata of ours. */
  static final String CRC32C = "x-amz-meta-crc32c";

  private static final Logger LOG = LoggerFactory.getLogger(S3StoreClient.class);
  private static final MediaType MP4 = MediaType.get("video/mp4");

  /** For bytes that arrive spoiled. */
  private static final int TRIES = 3;

  private final S3Bucket bucket;
  private final S3Exchange exchange;

  /** Whether the server knows If-None-Match; asking whether the name is free is enough for most. */
  private volatile boolean conditional = true;

  S3StoreClient(S3Bucket bucket, OkHttpClient.Builder client, UploadTimeouts patience, Clock time) {
    this.bucket = bucket;
    this.exchange = new S3Exchange(bucket, client, patience, time);
  }

  @Override
  public void connect() {
    exchange.signer();
  }

  @Override
  public void put(String object, Path file, Checksum checksum)
      throws StoreFault, IOException, InterruptedException {
    String md5 = Digests.md5(file);
    for (int number = 1; ; number++) {
      HttpAnswer answer = exchange.persist(() -> putOnce(object, file, checksum, md5));
      if (answer.succeeded()) {
        return;
      }
      boolean spoiled = answer.errorCode().matches("BadDigest|XAmzContent.*Mismatch");
      if (answer.code() == 501 && conditional) {
        LOG.info("{} knows no If-None-Match", bucket.id());
        conditional = false;
      } else if (!(spoiled && number < TRIES)) {
        throw S3Faults.of(answer, Action.PUT, bucket.name());
      }
    }
  }

  /** Looks first: not every server that takes If-None-Match heeds it. */
  private HttpAnswer putOnce(String object, Path file, Checksum checksum, String md5)
      throws IOException, StoreFault {
    HttpAnswer there = head(object);
    if (there.passing()) {
      return there;
    }
    if (there.succeeded()) {
      return sameOrFault(there, checksum);
    }
    HttpAnswer answer = exchange.send(object, request(file, checksum, md5), Optional.of(file));
    if (answer.code() != 412) {
      return answer;
    }
    HttpAnswer other = head(object);
    if (other.passing()) {
      return other; // so that it is asked again whose object is in the way
    }
    return other.succeeded() ? sameOrFault(other, checksum) : answer;
  }

  private Request.Builder request(Path file, Checksum checksum, String md5) {
    String readers = bucket.url() == UrlKind.PUBLIC ? "public" : "private";
    Request.Builder request =
        new Request.Builder()
            .header("Content-Type", MP4.toString())
            // Names carry the job and the second, so an object never changes
            .header("Cache-Control", readers + ", max-age=31536000, immutable")
            .header("Content-MD5", md5)
            .header(CRC32C, checksum.crc32c())
            .put(new FileBody(file, checksum.size(), Optional.of(MP4)));
    if (conditional) {
      request.header("If-None-Match", "*");
    }
    return request;
  }

  private HttpAnswer head(String object) throws IOException {
    return exchange.send(object, new Request.Builder().head(), Optional.empty());
  }

  /** An object with the same bytes is an earlier attempt's success. */
  private static HttpAnswer sameOrFault(HttpAnswer there, Checksum checksum) throws StoreFault {
    if (!isSame(there, checksum)) {
      throw new StoreFault(412, "412, an object of this name with other content exists already");
    }
    return there;
  }

  private static boolean isSame(HttpAnswer there, Checksum checksum) {
    return Long.toString(checksum.size()).equals(there.headers().get("Content-Length"))
        && checksum.crc32c().equals(there.headers().get(CRC32C));
  }

  @Override
  public boolean has(String object, Checksum checksum) throws StoreFault, InterruptedException {
    HttpAnswer there = exchange.persist(() -> head(object));
    if (there.succeeded()) {
      return isSame(there, checksum);
    }
    if (there.code() == 404) {
      return false;
    }
    throw S3Faults.of(there, Action.GET, bucket.name());
  }

  @Override
  public Place place(String object) {
    if (bucket.url() == UrlKind.PUBLIC) {
      return Place.at(bucket.publicAddress(object));
    }
    HttpUrl signed = exchange.presigned(object);
    return Place.at(signed.toString());
  }

  @Override
  public void forget() {
    exchange.requests().forget();
  }

  @Override
  public Optional<String> lastRetry() {
    return exchange.requests().lastRetry();
  }
}
