package dev.ltx2.worker.storage.gcs;

import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobSourceOption;
import com.google.cloud.storage.Storage.BlobWriteOption;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.storage.client.StoreFault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a file into the bucket, whole and unharmed or not at all. An object that is there already is
 * never overwritten; one with the same bytes is an earlier attempt's success.
 */
record UploadSessions(Storage storage, String bucket) {
  private static final Logger log = LoggerFactory.getLogger(UploadSessions.class);

  /** Upload sessions begun for one file; the client resumes within a session by itself. */
  private static final int SESSIONS = 3;

  private static final int PRECONDITION_FAILED = 412;

  /**
   * Once an upload has begun these speak of its session, not of the bucket or the credentials: a
   * refused checksum, a token that has just run out, a session that is gone. 0: bytes went astray.
   */
  private static final Set<Integer> OF_THE_SESSION = Set.of(0, 400, 401, 404, 410, 499);

  /** What became of one upload session. */
  private sealed interface Session {
    /** The bucket has the video. */
    record Complete() implements Session {}

    /** Another one may succeed. */
    record Repeatable(StoreFault fault) implements Session {}

    /** No other one would. */
    record Over(StoreFault fault) implements Session {}
  }

  /**
   * Begins as many sessions as are allowed.
   *
   * @throws IOException when the file cannot be read
   */
  void put(BlobInfo blob, Path file, Checksum checksum) throws StoreFault, IOException {
    for (int number = 1; ; number++) {
      switch (session(blob, file, checksum)) {
        case Session.Complete() -> {
          return;
        }
        case Session.Over(StoreFault fault) -> throw fault;
        case Session.Repeatable(StoreFault fault) -> {
          if (number == SESSIONS || Thread.currentThread().isInterrupted()) {
            throw told(fault);
          }
          log.info("upload begun afresh: {}", fault.getMessage());
        }
      }
    }
  }

  /**
   * Sends it in chunks, each retried and resumed by the client; {@code blobWriteSession} of client
   * 2.75 retries none of them. When that fails the client still closes the session, which asks for
   * an object of the bytes so far; the checksum that the session began with forbids it.
   */
  private Session session(BlobInfo blob, Path file, Checksum checksum)
      throws StoreFault, IOException {
    try (Content content = new Content(Files.newInputStream(file))) {
      StoreFault fault;
      try {
        BlobInfo stored =
            storage.createFrom(
                blob,
                content,
                GcsClient.CHUNK,
                BlobWriteOption.doesNotExist(),
                BlobWriteOption.crc32cMatch());
        if (matches(checksum, stored)) {
          return new Session.Complete();
        }
        // Ours by its generation, so nobody else's object goes
        storage.delete(stored.getBlobId(), BlobSourceOption.generationMatch());
        fault = new StoreFault(0, "the bucket holds other bytes than were sent");
      } catch (IOException | RuntimeException e) {
        fault = GcsFaults.of(e, GcsAction.CREATE, bucket);
      }
      if (fault.code() == PRECONDITION_FAILED) {
        return isOurs(blob.getBlobId(), checksum)
            ? new Session.Complete()
            : new Session.Repeatable(fault);
      }
      return content.begun && OF_THE_SESSION.contains(fault.code())
          ? new Session.Repeatable(fault)
          : new Session.Over(fault);
    }
  }

  /** A video; knows whether a session has begun, which is when it is read. */
  private static final class Content extends FilterInputStream {
    private boolean begun;

    Content(InputStream file) {
      super(file);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      begun = true;
      return super.read(bytes, offset, length);
    }
  }

  /** A fault of the last session, as such. */
  private static StoreFault told(StoreFault fault) {
    return switch (fault.code()) {
      case 404, 410, 499 ->
          new StoreFault(fault.code(), fault.code() + ", the upload session was lost");
      case PRECONDITION_FAILED ->
          new StoreFault(
              PRECONDITION_FAILED, "412, what arrived has another checksum than what was sent");
      default -> fault;
    };
  }

  /**
   * Whether the object that is in the way has the same bytes; false where there is none, as the
   * storage tells of a wrong checksum by the same code.
   */
  private boolean isOurs(BlobId id, Checksum checksum) throws StoreFault {
    Blob there;
    try {
      there = storage.get(id);
    } catch (RuntimeException e) {
      throw new StoreFault(
          PRECONDITION_FAILED,
          "412, an object of this name exists already and cannot be compared: "
              + GcsFaults.of(e, GcsAction.READ, bucket).getMessage());
    }
    if (there != null && !matches(checksum, there)) {
      throw new StoreFault(
          PRECONDITION_FAILED, "412, an object of this name with other content exists already");
    }
    return there != null;
  }

  static boolean matches(Checksum checksum, BlobInfo stored) {
    // No size is that of an empty object: Google's own test bench leaves it out.
    long size = Objects.requireNonNullElse(stored.getSize(), 0L);
    return size == checksum.size() && checksum.crc32c().equals(stored.getCrc32c());
  }
}
