package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.job.SizeLimits;
import dev.ltx2.worker.storage.client.SafeName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a video that no bucket has: it goes into the answer where it fits, else into the
 * keep folder, from which {@link KeptVideos} sends it later.
 */
final class Fallback {
  /** Room for the rest of the answer: a few hundred bytes, and warnings. */
  static final long REST_OF_ANSWER = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);
  private final KeepFolders keep;
  private final String small;

  /** For a worker of the platform. */
  Fallback(KeepFolders keep) {
    this(keep, "goes into the answer");
  }

  /** {@code small} says what becomes of a video that fits into an answer, for the log. */
  Fallback(KeepFolders keep, String small) {
    this.keep = keep;
    this.small = small;
  }

  /** Whether the video in base64 and the rest of the answer are small enough for RunPod. */
  static boolean fitsAnswer(String jobId, long size) {
    return Stored.Inline.encodedSize(size) + REST_OF_ANSWER <= SizeLimits.RUNPOD_ANSWERS.of(jobId);
  }

  /**
   * What failed.
   *
   * @param why a sentence on all that was tried
   * @param gcs the part of it that {@code gcs_error} has
   */
  record Reason(String why, Optional<String> gcs) {}

  /**
   * Hands it over all the same.
   *
   * @param promise what will become of a kept video, for the end of the sentence on where it is
   * @throws StorageException when it does not fit into the answer; with the path where it is kept
   */
  Stored handOver(Destination to, Path file, Reason reason, String promise)
      throws StorageException {
    String why = reason.why();
    String job = SafeName.ofJob(to.jobId());
    try {
      long size = Files.size(file);
      if (fitsAnswer(to.jobId(), size)) {
        LOG.warn("Job {}: {}; the video {}", job, why, small);
        return new Stored.Inline(file, why, reason.gcs());
      }
      String error =
          "%s; the video of %s is too big for the answer".formatted(why, DiskSpace.size(size));
      Path kept = keep.keep(to, file, why);
      LOG.error("Job {}: {}; it is kept at {}{}", job, error, kept, promise);
      throw new StorageException(error + "; it is kept at " + kept + promise, null);
    } catch (IOException e) {
      throw new StorageException(
          why + "; the video could not be kept either: " + IoErrors.of(e), e);
    }
  }
}
