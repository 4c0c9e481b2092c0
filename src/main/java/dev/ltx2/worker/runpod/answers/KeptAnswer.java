package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one answer in {@link KeptAnswers}, held by this worker.
 *
 * @param file the answer itself
 */
record KeptAnswer(String jobId, Path file, Lease lease) {
  static final String PART = ".part";
  static final String PROMISE = ".promise";
  private static final Logger LOG = LoggerFactory.getLogger(KeptAnswer.class);

  /** To be posted. */
  PendingAnswer pending() {
    EncodedAnswer answer = new EncodedAnswer.OnDisk(file, file.toFile().length());
    return new PendingAnswer(jobId, answer, Optional.of(this), Optional.empty());
  }

  static Path promiseOf(Path answer) {
    return answer.resolveSibling(answer.getFileName() + PROMISE);
  }

  /** The answer as it was promised, until the answer itself is here. */
  Path promise() {
    return promiseOf(file);
  }

  /** What is being written. */
  Path part() {
    return file.resolveSibling(file.getFileName() + PART);
  }

  /** Gives the place back, unless a promise stands in it. */
  void leave() {
    if (!Files.exists(promise())) {
      lease.close();
    }
  }

  /** Deletes all of it, unless it has become another worker's. */
  void delete() {
    try {
      if (lease.held()) {
        Files.deleteIfExists(promise());
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("{} is delivered and cannot be deleted: {}", file, IoErrors.of(e));
    }
    lease.close();
  }
}
