package dev.ltx2.worker.storage;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobSourceOption;
import com.google.cloud.storage.Storage.BlobWriteOption;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.GcsFault.Action;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import dev.ltx2.worker.storage.StorageSettings.UrlKind;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts files into the bucket, each whole and unharmed or not at all. An object that is there
 * already is never overwritten; one with the same bytes is an earlier attempt's success.
 */
final class Uploader {
  private static final Logger log = LoggerFactory.getLogger(Uploader.class);

  /** Upload sessions begun for one file; the client resumes within a session by itself. */
  private static final int SESSIONS = 3;

  private static final int PRECONDITION_FAILED = 412;

  /**
   * Once an upload has begun these speak of its session, not of the bucket or the credentials: a
   * refused checksum, a token that has just run out, a session that is gone. 0: bytes went astray.
   */
  private static final Set<Integer> OF_THE_SESSION = Set.of(0, 400, 401, 404, 410, 499);

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
  Stored.Uploaded upload(String object, Path file, UploadProgress progress)
      throws GcsFault, InterruptedException {
    retries.forget();
    BlockingQueue<Outcome> outcome = new ArrayBlockingQueue<>(1);
    // The client blocks on sockets; an interrupt closes those of a virtual thread at once
    Thread thread =
        Thread.ofVirtual()
            .name("gcs-upload")
            .start(() -> outcome.add(attempt(object, file, progress)));
    try {
      return switch (time.poll(outcome, patience.whole())) {
        case Outcome.Done(Stored.Uploaded uploaded) -> uploaded;
        case Outcome.Failed(GcsFault fault) -> throw fault;
        case null -> throw tooLong();
      };
    } finally {
      thread.interrupt();
    }
  }

  private GcsFault tooLong() {
    String why = retries.last().map(last -> "; last: " + last).orElse("");
    return new GcsFault(0, "not done within " + patience.whole().toSeconds() + " s" + why);
  }

  private sealed interface Outcome {
    record Done(Stored.Uploaded uploaded) implements Outcome {}

    record Failed(GcsFault fault) implements Outcome {}
  }

  private Outcome attempt(String object, Path file, UploadProgress progress) {
    try {
      Storage storage = client();
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
      put(storage, blob, file, checksum, rising(progress));
      ObjectAddress address = new ObjectAddress(bucket.name(), object);
      return new Outcome.Done(new Stored.Uploaded(url(storage, blob, address), address.gcsUrl()));
    } catch (IOException e) {
      return new Outcome.Failed(new GcsFault(0, "the video cannot be read: " + IoErrors.of(e)));
    } catch (GcsFault | RuntimeException e) {
      return new Outcome.Failed(GcsFault.of(e, Action.CREATE, bucket.name()));
    }
  }

  private void put(
      Storage storage, BlobInfo blob, Path file, Checksum checksum, UploadProgress progress)
      throws GcsFault {
    for (int session = 1; ; session++) {
      AtomicBoolean begun = new AtomicBoolean();
      try {
        BlobInfo stored = send(storage, blob, file, checksum.size(), begun, progress);
        if (matches(stored, checksum)) {
          return;
        }
        // Ours by its generation, so nobody else's object goes
        storage.delete(stored.getBlobId(), BlobSourceOption.generationMatch());
        throw new GcsFault(0, "the bucket holds other bytes than were sent");
      } catch (Exception e) {
        GcsFault fault = GcsFault.of(e, Action.CREATE, bucket.name());
        boolean conflict = fault.code() == PRECONDITION_FAILED;
        if (conflict && isOurs(storage, blob.getBlobId(), checksum)) {
          return;
        }
        boolean sessionLost = conflict || (begun.get() && OF_THE_SESSION.contains(fault.code()));
        if (!sessionLost || session == SESSIONS || Thread.currentThread().isInterrupted()) {
          throw sessionLost ? told(fault) : fault;
        }
        log.info("upload begun afresh: {}", fault.getMessage());
      }
    }
  }

  /** A fault of the last session, as such. */
  private static GcsFault told(GcsFault fault) {
    return switch (fault.code()) {
      case 404, 410, 499 ->
          new GcsFault(fault.code(), fault.code() + ", the upload session was lost");
      case PRECONDITION_FAILED ->
          new GcsFault(
              PRECONDITION_FAILED, "412, what arrived has another checksum than what was sent");
      default -> fault;
    };
  }

  /**
   * Sends it in chunks, each retried and resumed by the client; {@code blobWriteSession} of client
   * 2.75 retries none of them. When that fails the client still closes the session, which asks for
   * an object of the bytes so far; the checksum that the session began with forbids it.
   */
  private static BlobInfo send(
      Storage storage,
      BlobInfo blob,
      Path file,
      long size,
      AtomicBoolean begun,
      UploadProgress progress)
      throws IOException {
    try (InputStream in = Files.newInputStream(file);
        InputStream counted =
            new FilterInputStream(in) {
              private long position;

              @Override
              public int read(byte[] bytes, int offset, int length) throws IOException {
                begun.set(true);
                if (position > 0 && position < size && position % GcsClient.CHUNK == 0) {
                  progress.sent((double) position / size); // what was read before has left
                }
                int n = super.read(bytes, offset, length);
                position += Math.max(n, 0);
                return n;
              }
            }) {
      BlobInfo stored =
          storage.createFrom(
              blob,
              counted,
              GcsClient.CHUNK,
              BlobWriteOption.doesNotExist(),
              BlobWriteOption.crc32cMatch());
      progress.sent(1);
      return stored;
    }
  }

  /** An upload begun afresh says nothing until it is as far as the last one was. */
  private static UploadProgress rising(UploadProgress progress) {
    double[] highest = new double[1];
    return fraction -> {
      if (fraction > highest[0]) {
        highest[0] = fraction;
        progress.sent(fraction);
      }
    };
  }

  private static boolean matches(BlobInfo stored, Checksum checksum) {
    return stored.getSize() == checksum.size() && checksum.crc32c().equals(stored.getCrc32c());
  }

  /**
   * Whether the object that is in the way has the same bytes; false where there is none, as the
   * storage tells of a wrong checksum by the same code.
   */
  private boolean isOurs(Storage storage, BlobId id, Checksum checksum) throws GcsFault {
    Blob there;
    try {
      there = storage.get(id);
    } catch (RuntimeException e) {
      throw new GcsFault(
          PRECONDITION_FAILED,
          "412, an object of this name exists already and cannot be compared: "
              + GcsFault.of(e, Action.READ, bucket.name()).getMessage());
    }
    if (there != null && !matches(there, checksum)) {
      throw new GcsFault(
          PRECONDITION_FAILED, "412, an object of this name with other content exists already");
    }
    return there != null;
  }

  /** The address that the object will have as far as it is known now: a signature ends some day. */
  String promised(ObjectAddress address) {
    return bucket.url() == UrlKind.PUBLIC ? address.publicUrl() : address.gcsUrl();
  }

  private String url(Storage storage, BlobInfo blob, ObjectAddress address) throws GcsFault {
    if (bucket.url() == UrlKind.PUBLIC) {
      return address.publicUrl();
    }
    try {
      return storage
          .signUrl(
              blob,
              bucket.signedUrlTtl().toSeconds(),
              TimeUnit.SECONDS,
              Storage.SignUrlOption.withV4Signature())
          .toString();
    } catch (RuntimeException e) {
      throw new GcsFault(
          0, "the video is at " + address.gcsUrl() + " but its URL cannot be signed");
    }
  }
}
