package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts files into a bucket, within a time, and looks for them there. */
public final class Uploader {
  private static final Logger log = LoggerFactory.getLogger(Uploader.class);

  private final Bucket bucket;
  private final StoreClient client;
  private final BoundedCall bounded;

  /** With a client of its own. */
  public Uploader(Bucket bucket, UploadTimeouts patience, Clock time) {
    this(bucket, bucket.client(patience, time), new BoundedCall(patience, time));
  }

  /** With a client that is there. */
  public Uploader(Bucket bucket, StoreClient client, BoundedCall bounded) {
    this.bucket = bucket;
    this.client = client;
    this.bounded = bounded;
  }

  /** Hears where a video will be, before its first byte is sent. */
  public interface Announcement {
    /** From the uploading thread. */
    void begins(Place to, Checksum checksum);
  }

  /** Where it uploads to. */
  public Bucket bucket() {
    return bucket;
  }

  /** Builds the client and sends a first request in the background, while no job waits for it. */
  public void warmUp() {
    Thread.ofVirtual()
        .name("store-client")
        .start(() -> {
          try {
            client.connect();
            greet();
          } catch (StoreFault e) {
            log.error("{} cannot be used: {}", bucket.store(), e.getMessage());
          } catch (RuntimeException e) {
            log.error("{} cannot be used: {}", bucket.store(), e.getClass().getSimpleName());
          }
        });
  }

  /** Classes, a token and a connection are what the first request takes; its answer is not. */
  private void greet() {
    try {
      client.has(bucket.under("none"), new Checksum(0, "AAAAAA=="));
    } catch (StoreFault e) {
      log.debug("{} does not tell what it holds: {}", bucket.store(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Uploads within {@link UploadTimeouts#whole}.
   *
   * @return where it is now
   * @throws StoreFault when it is not there, as far as can be known
   */
  public Place upload(String object, Path file, Announcement heard)
      throws StoreFault, InterruptedException {
    client.forget();
    return bounded.run(() -> put(object, file, heard), client::lastRetry);
  }

  /** Whether the bucket has an object of these bytes. */
  public boolean has(String object, Checksum checksum) throws StoreFault, InterruptedException {
    client.forget();
    return bounded.run(() -> client.has(object, checksum), client::lastRetry);
  }

  private Place put(String object, Path file, Announcement heard)
      throws StoreFault, InterruptedException {
    client.connect();
    try {
      Checksum checksum = Checksum.of(file);
      announce(object, checksum, heard);
      client.put(object, file, checksum);
      return client.place(object);
    } catch (IOException e) {
      throw new StoreFault(0, "the video cannot be read: " + IoErrors.of(e));
    }
  }

  /** An address that cannot be signed now is no reason to keep the video. */
  private void announce(String object, Checksum checksum, Announcement heard) {
    try {
      heard.begins(client.place(object), checksum);
    } catch (StoreFault e) {
      log.info("{}", e.getMessage());
    }
  }
}
