package dev.ltx2.worker.storage.gcs;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.storage.client.Place;
import dev.ltx2.worker.storage.client.StoreClient;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Objects of one bucket of Google Cloud Storage. */
public final class GcsStoreClient implements StoreClient {
  private final GcsBucket bucket;
  private final UploadTimeouts patience;
  private final Retries retries;
  private final Connector connector;
  private @Nullable Storage client;

  /** Makes the library's client. */
  public interface Connector {
    Storage connect(GcsBucket bucket, UploadTimeouts patience, Retries retries) throws StoreFault;
  }

  GcsStoreClient(GcsBucket bucket, UploadTimeouts patience) {
    this(bucket, patience, GcsClient::build);
  }

  /** With a connector of one's own. */
  public GcsStoreClient(GcsBucket bucket, UploadTimeouts patience, Connector connector) {
    this.bucket = bucket;
    this.patience = patience;
    this.connector = connector;
    this.retries = new Retries(bucket.name());
  }

  @Override
  public void connect() throws StoreFault {
    var _ = client();
  }

  /** One client for all uploads; a failed attempt to build it is made again. */
  private synchronized Storage client() throws StoreFault {
    if (client == null) {
      try {
        client = connector.connect(bucket, patience, retries);
      } catch (RuntimeException e) {
        throw GcsFaults.of(e, GcsAction.CREATE, bucket.name());
      }
    }
    return client;
  }

  @Override
  public void put(String object, Path file, Checksum checksum) throws StoreFault, IOException {
    BlobInfo blob =
        BlobInfo.newBuilder(bucket.name(), object)
            .setContentType("video/mp4")
            // Names carry the job and the second, so an object never changes
            .setCacheControl(
                (bucket.url() == UrlKind.PUBLIC ? "public" : "private")
                    + ", max-age=31536000, immutable")
            .setCrc32c(checksum.crc32c())
            .build();
    try {
      new UploadSessions(client(), bucket.name()).put(blob, file, checksum);
    } catch (RuntimeException e) {
      throw GcsFaults.of(e, GcsAction.CREATE, bucket.name());
    }
  }

  @Override
  public boolean has(String object, Checksum checksum) throws StoreFault {
    try {
      Blob there = client().get(BlobId.of(bucket.name(), object));
      return there != null && UploadSessions.matches(checksum, there);
    } catch (RuntimeException e) {
      throw GcsFaults.of(e, GcsAction.READ, bucket.name());
    }
  }

  @Override
  public Place place(String object) throws StoreFault {
    Optional<String> gcsUrl = Optional.of(bucket.uri(object));
    if (bucket.url() == UrlKind.PUBLIC) {
      return new Place(bucket.publicUrl(object), gcsUrl);
    }
    try {
      URL signed =
          client()
              .signUrl(
                  BlobInfo.newBuilder(bucket.name(), object).build(),
                  bucket.signedUrlTtl().toSeconds(),
                  TimeUnit.SECONDS,
                  Storage.SignUrlOption.withV4Signature());
      return new Place(signed.toString(), gcsUrl);
    } catch (RuntimeException e) {
      throw new StoreFault(
          0, "the video is at " + bucket.uri(object) + " but its URL cannot be signed");
    }
  }

  @Override
  public void forget() {
    retries.forget();
  }

  @Override
  public Optional<String> lastRetry() {
    return retries.last();
  }
}
