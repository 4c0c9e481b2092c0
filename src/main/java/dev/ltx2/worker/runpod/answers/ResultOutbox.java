package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.PromiseCheck;
import dev.ltx2.worker.job.SizeLimits;
import dev.ltx2.worker.runpod.answers.AnswerBuffer.Result;
import dev.ltx2.worker.runpod.answers.PendingAnswer.Outcome;
import dev.ltx2.worker.runpod.protocol.Platform;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings final answers to the platform. The first post is made in the job's seat; an answer that it
 * does not bring there is written to {@link KeptAnswers} and posted on from {@link WaitingAnswers},
 * so that the seat is free. Where it cannot be written it stays in its seat.
 */
public final class ResultOutbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResultOutbox.class);

  /** How long a worker tries without pause. */
  static final Duration TRYING = Duration.ofMinutes(10);

  /** A first post that lasts longer may last for a minute and a half. */
  private static final Duration SLOW = Duration.ofSeconds(1);

  private final Platform platform;
  private final KeptAnswers kept;
  private final Clock time;
  private final RecentAnswers recent;
  private final Promises promises;
  private final WaitingAnswers waiting;
  private Optional<PromiseCheck> check = Optional.empty();

  /** In their seats. */
  private final Set<PendingAnswer> inHand = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  public ResultOutbox(Platform platform, KeptAnswers kept, Clock time) {
    this.platform = platform;
    this.kept = kept;
    this.time = time;
    recent = new RecentAnswers(time);
    promises = new Promises(kept);
    waiting = new WaitingAnswers(this, kept, time);
  }

  /** Begins to deliver what earlier workers could not. */
  public void start() {
    waiting.start();
    check.ifPresent(how -> waiting.redeem(promises, how));
  }

  /** What to ask before an answer is given that a dead worker had promised. */
  public void redeemPromises(PromiseCheck how) {
    check = Optional.of(how);
  }

  /** Of jobs whose videos are on their way. */
  public Promises promises() {
    return promises;
  }

  /**
   * Posts it until the platform has it, or it waits elsewhere, or there is no more hope.
   *
   * @throws InterruptedException when the worker ends first; the answer is then kept
   */
  public void deliver(String jobId, AnswerBody body) throws InterruptedException {
    deliver(encode(jobId, body));
  }

  /** Posts again what the platform has had already. */
  public void deliverAgain(String jobId, EncodedAnswer answer) throws InterruptedException {
    deliver(new PendingAnswer(jobId, answer, Optional.empty(), Optional.empty()));
  }

  /** The answer that the platform had of this job in the last minutes. */
  public Optional<EncodedAnswer> recent(String jobId) {
    return recent.find(jobId);
  }

  /** Answers that have left their seats. */
  public WaitingAnswers waiting() {
    return waiting;
  }

  private PendingAnswer encode(String jobId, AnswerBody body) {
    Optional<KeptAnswer> promise = promises.take(jobId);
    Result result;
    try {
      result = AnswerBuffer.encode(jobId, body, kept);
    } catch (IOException | RuntimeException e) {
      LOG.error("The answer could not be written", e);
      return new PendingAnswer(jobId, unwritten(e), Optional.empty(), promise);
    }
    PendingAnswer pending = new PendingAnswer(jobId, result.answer(), result.kept(), promise);
    long limit = SizeLimits.RUNPOD_ANSWERS.of(jobId);
    if (result.answer().bytes() > limit) {
      pending.substitute(
          String.format(
              Locale.ROOT,
              "The answer of %.1f MB is larger than the %d MB that RunPod takes; set GCS_BUCKET so"
                  + " that it carries an address instead of the video",
              result.answer().bytes() / 1e6,
              limit / 1_000_000),
          kept);
    }
    return pending;
  }

  private static EncodedAnswer unwritten(Exception e) {
    String sentence = "The worker could not write its answer: " + e;
    return AnswerBody.of(new JobFailure(ErrorCode.INTERNAL_ERROR, sentence, true, null)).inMemory();
  }

  private void deliver(PendingAnswer answer) throws InterruptedException {
    inHand.add(answer);
    try {
      long start = time.nanos();
      for (Outcome outcome = first(answer);
          outcome instanceof Outcome.Later(Duration pause);
          outcome = post(answer)) {
        if (waiting.add(answer, pause)) {
          return;
        }
        if (closed || time.since(start).compareTo(TRYING) > 0) {
          lastResort(answer);
          return;
        }
        time.sleep(pause);
      }
    } catch (InterruptedException e) {
      lastResort(answer);
      throw e;
    } finally {
      inHand.remove(answer);
    }
  }

  /**
   * The first post. What was promised is replaced before it, so that nobody answers otherwise after
   * this worker's death; other answers are kept when the platform is slow.
   */
  private Outcome first(PendingAnswer answer) throws InterruptedException {
    if (answer.promised()) {
      answer.keep(kept);
      return post(answer);
    }
    BlockingQueue<Boolean> over = new LinkedBlockingQueue<>();
    Thread.ofPlatform()
        .daemon()
        .name("keep-" + answer.jobId())
        .start(() -> {
          try {
            if (time.poll(over, SLOW) == null) {
              answer.keep(kept);
            }
          } catch (InterruptedException e) {
            LOG.debug("Not kept", e);
          }
        });
    try {
      return post(answer);
    } finally {
      over.add(true);
    }
  }

  /** One post with what follows from it. */
  Outcome post(PendingAnswer answer) throws InterruptedException {
    Outcome outcome = answer.post(platform, kept);
    switch (outcome) {
      case Outcome.Delivered(EncodedAnswer form) -> {
        if (form instanceof EncodedAnswer.InMemory small && AnswerFacts.of(form).completed()) {
          recent.add(answer.jobId(), small);
        }
        answer.settle();
      }
      case Outcome.UnknownJob(int status) -> {
        LOG.warn(
            "The platform knows job {} no more: status {}; {}",
            answer.jobId(),
            status,
            answer
                .address()
                .map(address -> "its video is at " + address)
                .or(() -> answer.setAside(kept).map(path -> "its answer is kept at " + path))
                .orElse("its answer is lost"));
        answer.settle();
      }
      case Outcome.Rejected(int status) -> {
        LOG.error(
            "The platform takes no answer of job {}: status {}; {}",
            answer.jobId(),
            status,
            whereabouts(answer));
        answer.settle();
      }
      case Outcome.Later _ -> {}
    }
    return outcome;
  }

  /** The worker ends, or ten minutes are over: what can be kept is kept. */
  private void lastResort(PendingAnswer answer) {
    if (!inHand.remove(answer) || answer.settled()) {
      return;
    }
    String place =
        answer.keep(kept).map(file -> "it is kept as " + file.file()).orElse("it cannot be kept");
    LOG.error(
        "The answer of job {} is not delivered; {}; {}",
        answer.jobId(),
        place,
        whereabouts(answer));
    answer.release();
  }

  /** For the log: the video of an answer that nobody may ever get. */
  static String whereabouts(PendingAnswer answer) {
    return answer
        .address()
        .map(address -> "its video is at " + address)
        .orElse("there is no address of a video in it");
  }

  /** The worker ends: what is still under way is kept. */
  @Override
  public void close() {
    closed = true;
    List.copyOf(inHand).forEach(this::lastResort);
    waiting.close();
    kept.close();
  }
}
