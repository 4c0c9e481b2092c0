package dev.ltx2.worker.storage;

import dev.ltx2.worker.Reasons;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Videos in a bucket; where that fails, inside the answer; where that is too small, in the keep
 * folder, from which {@link Unsent} sends them later.
 */
final class GcsStore implements VideoStore {
  /** RunPod drops larger answers and shows the job as completed without output. */
  static final long ANSWER_LIMIT = 10_000_000;

  /** For jobs of {@code /runsync}, whose ids start with {@code sync-}. */
  static final long SYNC_ANSWER_LIMIT = 20_000_000;

  /** Room for the rest of the answer: a few hundred bytes, and warnings. */
  static final long REST_OF_ANSWER = 64 * 1024;

  private static final Logger log = LoggerFactory.getLogger(GcsStore.class);
  private final Bucket bucket;
  private final Uploader uploader;
  private final KeepFolder keep;

  GcsStore(Bucket bucket, Uploader uploader, KeepFolder keep) {
    this.bucket = bucket;
    this.uploader = uploader;
    this.keep = keep;
  }

  @Override
  public Stored store(String jobId, Path file, String fileName)
      throws StorageException, InterruptedException {
    return store(jobId, file, fileName, UploadProgress.NONE);
  }

  @Override
  public Stored store(String jobId, Path file, String fileName, UploadProgress progress)
      throws StorageException, InterruptedException {
    String object = objectName(bucket, jobId, fileName);
    try {
      return uploader.upload(object, file, progress);
    } catch (GcsFault fault) {
      String error = "GCS upload failed: " + fault.getMessage();
      try {
        return fallBack(jobId, object, file, fileName, error);
      } catch (IOException e) {
        throw new StorageException(
            error + "; the video could not be kept either: " + Reasons.of(e), e);
      }
    }
  }

  /** {@code prefix/job/ltx2_videos/file}. */
  static String objectName(Bucket bucket, String jobId, String fileName) {
    String folder = bucket.prefix().isEmpty() ? "" : bucket.prefix() + "/";
    return folder + SafeName.ofJob(jobId) + "/ltx2_videos/" + SafeName.ofFile(fileName);
  }

  /** Whether the video in base64 and the rest of the answer are small enough for RunPod. */
  static boolean fitsAnswer(String jobId, long size) {
    long limit = jobId.startsWith("sync-") ? SYNC_ANSWER_LIMIT : ANSWER_LIMIT;
    return Stored.Inline.encodedSize(size) + REST_OF_ANSWER <= limit;
  }

  private Stored fallBack(String jobId, String object, Path file, String fileName, String error)
      throws StorageException, IOException {
    if (fitsAnswer(jobId, Files.size(file))) {
      log.warn("job {}: {}; the video goes into the answer", SafeName.ofJob(jobId), error);
      return new Stored.Inline(file, error);
    }
    Path kept = keep.keep(jobId, object, file, fileName, error);
    log.error("job {}: {}; the video is kept at {}", SafeName.ofJob(jobId), error, kept);
    throw new StorageException(error + "; the video is kept at " + kept, null);
  }
}
