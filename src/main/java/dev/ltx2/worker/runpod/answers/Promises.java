package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.PromiseCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okio.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers of jobs whose videos are on their way: the proof in a file's first line, then the answer
 * as it will be. The job's own answer takes its place. That of a worker which died becomes an
 * answer once its proof is found, and is dropped when there is none. A promise that cannot be
 * written costs nothing else.
 */
public final class Promises {
  private static final Logger LOG = LoggerFactory.getLogger(Promises.class);
  private final KeptAnswers kept;
  private final Map<String, KeptAnswer> own = new ConcurrentHashMap<>();

  /** Those that wait, and why has been said. */
  private final Set<Path> told = new HashSet<>();

  Promises(KeptAnswers kept) {
    this.kept = kept;
  }

  /** Keeps it until the job has an answer. */
  public void make(String jobId, Promise promise) {
    try {
      ByteString content =
          ByteString.encodeUtf8(
              promise.proof().replace('\n', ' ')
                  + "\n"
                  + AnswerBody.of(promise.answer()).inMemory().content().utf8());
      KeptAnswer made = kept.promise(jobId, content.toByteArray());
      Optional.ofNullable(own.put(jobId, made)).ifPresent(KeptAnswer::delete);
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "The answer of job {} is not kept while its video is on its way: {}",
          jobId,
          e.toString());
    }
  }

  /** Hands it over to whoever answers the job. */
  Optional<KeptAnswer> take(String jobId) {
    return Optional.ofNullable(own.remove(jobId));
  }

  /** The job gets no answer from here. */
  public void withdraw(String jobId) {
    take(jobId).ifPresent(KeptAnswer::delete);
  }

  /**
   * Looks at what dead workers have promised.
   *
   * @param found is told of each that has become an answer
   */
  void redeem(PromiseCheck check, Runnable found) throws InterruptedException {
    List<Path> promised = kept.promised();
    told.retainAll(promised);
    for (Path answer : promised) {
      Optional<KeptAnswer> claimed = kept.claimPromise(answer);
      if (claimed.isPresent()) {
        try (var _ = claimed.get().lease()) {
          redeem(claimed.get(), check);
        } catch (IOException | RuntimeException e) {
          LOG.error("{} cannot be redeemed: {}", answer, e.toString());
        }
        found.run();
      }
    }
  }

  private void redeem(KeptAnswer place, PromiseCheck check)
      throws IOException, InterruptedException {
    String content = Files.readString(place.promise(), StandardCharsets.UTF_8);
    int end = content.indexOf('\n');
    try {
      if (Files.exists(place.file()) || end < 0 || !check.holds(content.substring(0, end))) {
        LOG.info("Dropping the promised answer of job {}: no video of it is there", place.jobId());
        Files.deleteIfExists(place.promise());
      } else if (place.lease().held()) {
        LOG.info("The worker of job {} died, and its video is there", place.jobId());
        var answer = new EncodedAnswer.InMemory(ByteString.encodeUtf8(content.substring(end + 1)));
        kept.keep(place.jobId(), answer, Optional.of(place));
      }
    } catch (ExplainedException e) {
      if (told.add(place.file())) {
        LOG.warn("The promised answer of job {} waits: {}", place.jobId(), e.getMessage());
      }
    }
  }
}
