package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.Platform.Posted;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One answer on its way: what is posted next, by what came back so far, and where it lies. One
 * thread posts it; the worker's end may keep it from another.
 */
final class PendingAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(PendingAnswer.class);

  /** The largest answer at 200 kB/s, and what a small one gets. */
  private static final long BYTES_PER_SECOND = 200_000;

  private static final Duration ATTEMPT = Duration.ofSeconds(30);

  /** What the platform refuses, or does not know any more, so often is so. */
  private static final int TRIES = 3;

  /** What came of a post. */
  sealed interface Outcome {
    /** The platform has it, in this form. */
    record Delivered(EncodedAnswer form) implements Outcome {}

    /** The platform knows the job no more. */
    record UnknownJob(int status) implements Outcome {}

    /** The platform takes it in no form. */
    record Rejected(int status) implements Outcome {}

    /** Another post must follow. */
    record Later(Duration pause) implements Outcome {}
  }

  private final String jobId;
  private final EncodedAnswer answer;
  private final RouteHealth health;
  private final ExponentialBackOff backoff =
      new ExponentialBackOff(Duration.ofSeconds(1), Duration.ofSeconds(30));
  private EncodedAnswer form;
  private @Nullable Deque<EncodedAnswer> substitutes;
  private int refusals;
  private int goneReplies;

  /** All guarded by this. */
  private Optional<KeptAnswer> kept;

  /** Whose place it takes as soon as it is kept itself. */
  private Optional<KeptAnswer> promise;

  private boolean settled;

  PendingAnswer(
      String jobId, EncodedAnswer answer, Optional<KeptAnswer> kept, Optional<KeptAnswer> promise) {
    this.jobId = jobId;
    this.answer = answer;
    this.kept = kept;
    this.promise = promise;
    form = answer;
    health = new RouteHealth(LOG, "Posting the answer of job " + jobId);
  }

  String jobId() {
    return jobId;
  }

  /** Posts it once. */
  Outcome post(Platform platform, KeptAnswers folder) throws InterruptedException {
    Duration slow = Duration.ofSeconds(form.bytes() / BYTES_PER_SECOND);
    Posted posted = platform.post(jobId, form.body(), slow.compareTo(ATTEMPT) > 0 ? slow : ATTEMPT);
    return switch (posted) {
      case Posted.Accepted() -> {
        health.worked();
        yield new Outcome.Delivered(form);
      }
      case Posted.Gone(int status) ->
          ++goneReplies < TRIES ? later("status " + status) : new Outcome.UnknownJob(status);
      case Posted.Refused(int status) -> refused(status, folder);
      case Platform.Failed(String why) -> later(why);
    };
  }

  private Outcome later(String why) {
    health.failed(why);
    return new Outcome.Later(backoff.next());
  }

  /** A refusal may be a slip as well: the same body first, then another one. */
  private Outcome refused(int status, KeptAnswers folder) {
    if (++refusals < TRIES) {
      return later("status " + status);
    }
    if (substitutes == null) {
      substitute(
          "RunPod refused the answer of %,d bytes with status %d".formatted(answer.bytes(), status),
          folder);
    } else if (substitutes.isEmpty()) {
      return new Outcome.Rejected(status);
    } else {
      form = substitutes.remove();
    }
    refusals = 0;
    return new Outcome.Later(Duration.ZERO);
  }

  /** From now on something smaller is posted; the answer itself is put aside. */
  void substitute(String why, KeptAnswers folder) {
    LOG.error("{}; the answer of job {} is posted in another form", why, jobId);
    AnswerFacts facts = AnswerFacts.of(answer);
    Optional<String> aside = setAside(folder);
    Deque<EncodedAnswer> others = new ArrayDeque<>();
    facts.shortened(why).ifPresent(others::add);
    others.add(facts.error(why, aside));
    form = others.remove();
    substitutes = others;
  }

  /** Where it now lies for people. */
  Optional<String> setAside(KeptAnswers folder) {
    try {
      return Optional.of(folder.refused().add(jobId, answer).toString());
    } catch (IOException e) {
      LOG.error("The answer of job {} cannot be put aside: {}", jobId, IoErrors.of(e));
      return Optional.empty();
    }
  }

  /** Where its client would find the video, for log lines. */
  Optional<String> address() {
    return AnswerFacts.of(answer).address();
  }

  /** Brings it onto disk unless it is there; empty when there is no room. */
  synchronized Optional<KeptAnswer> keep(KeptAnswers folder) {
    if (kept.isEmpty() && !settled) {
      try {
        kept = Optional.of(folder.keep(jobId, answer, promise));
        promise = Optional.empty();
      } catch (IOException e) {
        LOG.debug("The answer of job {} cannot be kept: {}", jobId, IoErrors.of(e));
      }
    }
    return kept;
  }

  /** Whether a promise stands where it is to be kept. */
  synchronized boolean promised() {
    return promise.isPresent();
  }

  /** Whether this worker may still post it. */
  synchronized boolean held() {
    return kept.isEmpty() || kept.get().lease().held();
  }

  /** Nothing more is to be done; what was kept is deleted. */
  synchronized void settle() {
    settled = true;
    kept.ifPresent(KeptAnswer::delete);
    promise.ifPresent(KeptAnswer::delete);
  }

  synchronized boolean settled() {
    return settled;
  }

  /** Leaves it, if it is kept, to whoever claims it next. */
  synchronized void release() {
    kept.ifPresent(file -> file.lease().close());
    promise.ifPresent(file -> file.lease().close());
  }
}
