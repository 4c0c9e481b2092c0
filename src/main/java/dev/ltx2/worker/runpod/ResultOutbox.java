package dev.ltx2.worker.runpod;

import dev.ltx2.worker.Time;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.runpod.Platform.Posted;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.RequestBody;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings final answers to the platform. Each is encoded once, to disk, so that it is measured
 * before it is posted, costs no memory while the platform is away, and is there for the next worker
 * if all tries fail or this one ends first.
 */
final class ResultOutbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResultOutbox.class);

  /** Above these the platform answers 400 and shows a completed job without output. */
  private static final long LIMIT = 10_000_000;

  private static final long SYNC_LIMIT = 20_000_000;

  /** The largest answer at 200 kB/s. */
  private static final Duration ATTEMPT = Duration.ofSeconds(100);

  private static final Duration TRYING = Duration.ofMinutes(10);
  private static final int UNWANTED_TRIES = 3;

  private final Platform platform;
  private final Path folder;
  private final KeptAnswers kept;
  private final Time time;

  /** Job ids of answers under way; whoever takes one out decides what becomes of its file. */
  private final Map<Path, String> underWay = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /**
   * Makes one.
   *
   * @param folder of this worker alone, for answers under way
   * @param kept where those go that it cannot deliver
   */
  ResultOutbox(Platform platform, Path folder, KeptAnswers kept, Time time) {
    this.platform = platform;
    this.folder = folder;
    this.kept = kept;
    this.time = time;
  }

  /**
   * Posts it until the platform has it or there is no more hope.
   *
   * @return whether the platform has this very answer
   * @throws InterruptedException when the worker ends first; the answer is then kept
   */
  boolean deliver(String jobId, Body body) throws InterruptedException {
    Path file;
    try {
      file = spool(body);
    } catch (IOException | RuntimeException e) {
      LOG.error("The answer could not be written", e);
      substitute(
          jobId, ErrorCode.INTERNAL_ERROR, "The worker could not write its answer: " + e, true);
      return false;
    }
    long bytes = file.toFile().length();
    long limit = jobId.startsWith("sync-") ? SYNC_LIMIT : LIMIT;
    if (bytes > limit) {
      delete(file);
      substitute(
          jobId,
          ErrorCode.STORAGE_FAILED,
          String.format(
              Locale.ROOT,
              "The answer of %.1f MB is larger than the %d MB that RunPod takes; set GCS_BUCKET so"
                  + " that it carries an address instead of the video",
              bytes / 1e6,
              limit / 1_000_000),
          false);
      return false;
    }
    return deliver(jobId, file);
  }

  private boolean deliver(String jobId, Path file) throws InterruptedException {
    underWay.put(file, jobId);
    boolean done = false;
    try {
      Posted posted = push(jobId, RequestBody.create(file.toFile(), RunPodClient.FORM));
      done = !(posted instanceof Posted.Failed);
      if (posted instanceof Posted.Refused(int status)) {
        substitute(
            jobId,
            ErrorCode.STORAGE_FAILED,
            "RunPod refused the answer of %,d bytes with status %d"
                .formatted(file.toFile().length(), status),
            true);
      }
      return posted instanceof Posted.Accepted;
    } finally {
      settle(file, done);
    }
  }

  private void settle(Path file, boolean done) {
    String jobId = underWay.remove(file);
    if (jobId == null) {
      return;
    }
    if (done) {
      delete(file);
      return;
    }
    try {
      Path target = kept.keep(jobId, file);
      LOG.error("The answer of job {} is not delivered; it is kept as {}", jobId, target);
    } catch (IOException e) {
      LOG.error(
          "The answer of job {} is not delivered; it is in {}: {}", jobId, file, e.toString());
    }
  }

  /** Delivers what earlier workers could not. */
  void deliverKept() {
    try {
      for (Path answer : kept.list()) {
        Optional<Path> ours = KeptAnswers.claim(answer, folder);
        if (ours.isPresent()) {
          String jobId = KeptAnswers.jobId(answer);
          LOG.info("Delivering the answer of job {}, which an earlier worker could not", jobId);
          deliver(jobId, ours.get());
        }
      }
    } catch (IOException e) {
      LOG.error("The answers in {} cannot be delivered: {}", kept.folder(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The worker ends: what is still under way is kept. */
  @Override
  public void close() {
    closed = true;
    underWay.keySet().forEach(file -> settle(file, false));
  }

  /** A small error in the place of an answer that cannot be posted. */
  private void substitute(String jobId, ErrorCode code, String sentence, boolean retryable)
      throws InterruptedException {
    LOG.error("{}", sentence);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      Body.of(new JobFailure(code, sentence, retryable, null)).encode(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    push(jobId, RequestBody.create(bytes.toByteArray(), RunPodClient.FORM));
  }

  private Posted push(String jobId, RequestBody body) throws InterruptedException {
    long start = time.nanos();
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
    Health health = new Health(LOG, "Posting the answer");
    for (int unwanted = 0; ; ) {
      Posted posted = platform.post(jobId, body, ATTEMPT);
      switch (posted) {
        case Posted.Accepted() -> {
          health.worked();
          return posted;
        }
        case Posted.Refused _ -> {
          return posted;
        }
        case Posted.Unwanted(int status) -> {
          // Most likely the job was cancelled or has expired.
          if (++unwanted == UNWANTED_TRIES) {
            LOG.warn("The platform does not want the answer: status {}", status);
            return posted;
          }
        }
        case Posted.Failed(String why) -> {
          health.failed(why);
          if (closed || time.since(start).compareTo(TRYING) > 0) {
            return posted;
          }
        }
      }
      time.sleep(backoff.next());
    }
  }

  private Path spool(Body body) throws IOException {
    Path file = Files.createTempFile(folder, "answer-", ".json");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      body.encode(out);
    } catch (IOException | RuntimeException e) {
      Files.delete(file);
      throw e;
    }
    return file;
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      LOG.warn("An answer's file could not be deleted: {}", file);
    }
  }
}
