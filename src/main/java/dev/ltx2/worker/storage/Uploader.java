package dev.ltx2.worker.storage;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.GcsFault.Action;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import dev.ltx2.worker.storage.StorageSettings.UrlKind;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts files into the bucket, within a time, and looks for them there. */
final class Uploader {
  private static final Logger log = LoggerFactory.getLogger(Uploader.class);

  private final Bucket bucket;
  private final UploadTimeouts patience;
  private final Clock time;
  private final Retries retries;
  private final Connector connector;
  private @Nullable Storage client;

  /** Makes the client. */
  interface Connector {
    Storage connect(Bucket bucket, UploadTimeouts patience, Retries retries) throws GcsFault;
  }

  Uploader(Bucket bucket, UploadTimeouts patience, Clock time) {
    this(bucket, patience, time, GcsClient::build);
  }

  Uploader(Bucket bucket, UploadTimeouts patience, Clock time, Connector connector) {
    this.bucket = bucket;
    this.patience = patience;
    this.time = time;
    this.connector = connector;
    this.retries = new Retries(bucket.name());
  }

  /** Builds the client in the background, while the first job runs. */
  void warmUp() {
    Thread.ofVirtual()
        .name("gcs-client")
        .start(() -> {
          try {
            client();
          } catch (GcsFault | RuntimeException e) {
            log.error(
                "Google Cloud Storage cannot be used: {}",
                GcsFault.of(e, Action.CREATE, bucket.name()).getMessage());
          }
        });
  }

  /** One client for all uploads; a failed attempt to build it is made again. */
  private synchronized Storage client() throws GcsFault {
    if (client == null) {
      client = connector.connect(bucket, patience, retries);
    }
    return client;
  }

  /**
   * Uploads within {@link UploadTimeouts#whole}.
   *
   * @return where it is now
   * @throws GcsFault when it is not there, as far as can be known
   */
  Stored.Uploaded upload(String object, Path file, UploadListener listener)
      throws GcsFault, InterruptedException {
    return bounded(Action.CREATE, () -> put(object, file, listener));
  }

  /** Whether the bucket has an object of these bytes. */
  boolean has(ObjectAddress address, Checksum checksum) throws GcsFault, InterruptedException {
    BlobId id = BlobId.of(address.bucket(), address.object());
    return bounded(
        Action.READ,
        () -> {
          Blob there = client().get(id);
          return there != null && checksum.matches(there);
        });
  }

  private interface Request<T> {
    T run() throws GcsFault;
  }

  private sealed interface Finish<T> {
    record Answered<T>(T result) implements Finish<T> {}

    record Faulty<T>(GcsFault fault) implements Finish<T> {}
  }

  /** Within {@link UploadTimeouts#whole}. */
  private <T> T bounded(Action action, Request<T> request) throws GcsFault, InterruptedException {
    retries.forget();
    BlockingQueue<Finish<T>> finished = new ArrayBlockingQueue<>(1);
    // The client blocks on sockets; an interrupt closes those of a virtual thread at once
    Thread thread =
        Thread.ofVirtual().name("gcs-" + action).start(() -> finished.add(finish(action, request)));
    try {
      return switch (time.poll(finished, patience.whole())) {
        case Finish.Answered<T>(T result) -> result;
        case Finish.Faulty<T>(GcsFault fault) -> throw fault;
        case null -> throw tooLong();
      };
    } finally {
      thread.interrupt();
    }
  }

  private <T> Finish<T> finish(Action action, Request<T> request) {
    try {
      return new Finish.Answered<>(request.run());
    } catch (GcsFault | RuntimeException e) {
      return new Finish.Faulty<>(GcsFault.of(e, action, bucket.name()));
    }
  }

  private GcsFault tooLong() {
    String why = retries.last().map(last -> "; last: " + last).orElse("");
    return new GcsFault(0, "not done within " + patience.whole().toSeconds() + " s" + why);
  }

  private Stored.Uploaded put(String object, Path file, UploadListener listener) throws GcsFault {
    Storage storage = client();
    ObjectAddress address = new ObjectAddress(bucket.name(), object);
    try {
      Checksum checksum = Checksum.of(file);
      BlobInfo blob =
          BlobInfo.newBuilder(bucket.name(), object)
              .setContentType("video/mp4")
              // Names carry the job and the second, so an object never changes
              .setCacheControl(
                  (bucket.url() == UrlKind.PUBLIC ? "public" : "private")
                      + ", max-age=31536000, immutable")
              .setCrc32c(checksum.crc32c())
              .build();
      announce(storage, blob, address, checksum, listener);
      new UploadSessions(storage, bucket.name()).put(blob, file, checksum);
      return uploaded(storage, blob, address);
    } catch (IOException e) {
      throw new GcsFault(0, "the video cannot be read: " + IoErrors.of(e));
    }
  }

  /** An address that cannot be signed now is no reason to keep the video. */
  private void announce(
      Storage storage,
      BlobInfo blob,
      ObjectAddress address,
      Checksum checksum,
      UploadListener listener) {
    try {
      String proof = VideoProofs.Proof.of(address, checksum).text();
      listener.begins(uploaded(storage, blob, address), proof);
    } catch (GcsFault e) {
      log.info("{}", e.getMessage());
    }
  }

  /** The address that the object will have as far as it is known now: a signature ends some day. */
  String promised(ObjectAddress address) {
    return bucket.url() == UrlKind.PUBLIC ? address.publicUrl() : address.gcsUrl();
  }

  private Stored.Uploaded uploaded(Storage storage, BlobInfo blob, ObjectAddress address)
      throws GcsFault {
    if (bucket.url() == UrlKind.PUBLIC) {
      return new Stored.Uploaded(address.publicUrl(), address.gcsUrl());
    }
    try {
      URL signed =
          storage.signUrl(
              blob,
              bucket.signedUrlTtl().toSeconds(),
              TimeUnit.SECONDS,
              Storage.SignUrlOption.withV4Signature());
      return new Stored.Uploaded(signed.toString(), address.gcsUrl());
    } catch (RuntimeException e) {
      throw new GcsFault(
          0, "the video is at " + address.gcsUrl() + " but its URL cannot be signed");
    }
  }
}
