package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.runpod.answers.AnswerBody;
import dev.ltx2.worker.runpod.answers.EncodedAnswer;
import dev.ltx2.worker.runpod.answers.ResultOutbox;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.Platform.Taken;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import dev.ltx2.worker.runpod.protocol.TakenJob;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes jobs while there are seats, one take at a time, until it is ended; then drains. */
final class JobLoop implements EndOfLoop {
  private static final Logger LOG = LoggerFactory.getLogger(JobLoop.class);

  /** Takes that bring nothing begin no closer together: the platform may answer 204 at once. */
  private static final Duration FLOOR = Duration.ofMillis(500);

  /** Jobs may wait for a platform that is well again. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private static final Duration SLOW_DOWN = Duration.ofSeconds(5);

  /** What the answers of unfinished jobs get when {@code DRAIN_TIMEOUT} is over. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);

  private final Platform platform;
  private final ActiveJobs roster;
  private final ResultOutbox outbox;
  private final JobRun.Means shared;
  private final ExecutorService threads;
  private final Duration drainTimeout;
  private final Clock time;
  private volatile Gate gate;
  private volatile Runnable beforeFirstTake = () -> {};
  private final RouteHealth health = new RouteHealth(LOG, "Taking jobs");
  private final BlockingQueue<End> wake = new LinkedBlockingQueue<>();

  /** Guarded by this. */
  private @Nullable End end;

  private @Nullable JobFailure cause;
  private long endedAt;
  private Runnable atEnd = () -> {};

  JobLoop(Platform platform, JobRun.Means shared) {
    this.platform = platform;
    this.shared = shared;
    this.roster = shared.roster();
    this.outbox = shared.outbox();
    this.drainTimeout = shared.drainTimeout();
    this.time = shared.time();
    this.gate = new Gate(Readiness.ALWAYS, this, time);
    // Platform threads, since native code of a job holds its carrier.
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().name("job-", 1).factory());
  }

  /** What decides before every take; to be said before {@link #run}. */
  void askBeforeTaking(Readiness readiness) {
    gate = new Gate(readiness, this, time);
  }

  /** What to do once, before the first take. */
  void beforeFirstTake(Runnable action) {
    beforeFirstTake = action;
  }

  /** Takes and runs jobs until the end; returns when every job held is answered or given up. */
  End run() throws InterruptedException {
    take();
    drain();
    threads.shutdown();
    return ended().orElseThrow();
  }

  private void take() throws InterruptedException {
    ExponentialBackOff backoff = new ExponentialBackOff(FLOOR.multipliedBy(2), LONGEST_PAUSE);
    for (int free = roster.awaitFree(); free > 0; free = roster.awaitFree()) {
      if (!gate.open(!roster.jobs().isEmpty())) {
        time.poll(wake, Gate.AGAIN);
        continue;
      }
      beforeFirstTake.run();
      beforeFirstTake = () -> {};
      long start = time.nanos();
      Duration gap = FLOOR;
      switch (platform.take(free, !roster.ids().isEmpty())) {
        case Taken.Jobs(List<TakenJob> jobs) -> {
          health.worked();
          backoff.reset();
          admit(jobs);
          gap = Duration.ZERO;
        }
        case Taken.NoJobs() -> {
          health.worked();
          backoff.reset();
        }
        case Platform.SlowDown() -> gap = SLOW_DOWN.plus(time.since(start));
        case Platform.Failed(String why) -> {
          health.failed(why);
          gap = backoff.next().plus(time.since(start));
        }
      }
      Duration wait = gap.minus(time.since(start));
      if (wait.isPositive()) {
        time.poll(wake, wait);
      }
    }
  }

  /** All of a batch before any starts, so that two of one id meet. */
  private void admit(List<TakenJob> jobs) {
    List<ActiveJob> admitted = jobs.stream().map(this::admit).flatMap(Optional::stream).toList();
    for (ActiveJob held : admitted) {
      Optional<JobFailure> parting = parting();
      if (parting.isPresent() && held.claim()) {
        LOG.warn("Job {} failed: {}", held.id(), parting.get().getMessage());
        answer(held, () -> outbox.deliver(held.id(), AnswerBody.of(parting.get())));
      } else {
        threads.execute(new JobRun(held, this, shared));
      }
    }
  }

  private Optional<ActiveJob> admit(TakenJob handed) {
    String id = handed.job().id();
    Optional<ActiveJob> held = roster.admit(handed, platform);
    // In the order in which a job goes through them, so that none is seen nowhere.
    if (held.isEmpty()) {
      LOG.warn("Job {} was handed out again; it is here already", id);
      return held;
    }
    if (outbox.waiting().has(id)) {
      LOG.warn("Job {} was handed out again; its answer is on its way", id);
      roster.leave(held.get());
      return Optional.empty();
    }
    Optional<EncodedAnswer> recent = outbox.recent(id);
    if (recent.isPresent() && held.get().claim()) {
      LOG.warn("Job {} was handed out again after its success; its answer is posted again", id);
      answer(held.get(), () -> outbox.deliverAgain(id, recent.get()));
      return Optional.empty();
    }
    return held;
  }

  /** Stops a job for the platform. */
  void stop(String jobId) {
    outbox.waiting().stopped(jobId);
    roster
        .find(jobId)
        .ifPresent(held -> {
          if (held.stop()) {
            LOG.info("Stopping job {}", jobId);
            if (!held.started()) {
              roster.leave(held);
            }
          }
        });
  }

  /** What pings report: what is worked on, and what is done and not yet delivered. */
  Set<String> jobIds() {
    Set<String> ids = new LinkedHashSet<>(roster.ids());
    ids.addAll(outbox.waiting().jobIds());
    return ids;
  }

  @Override
  public void end(End reason, @Nullable JobFailure failure) {
    synchronized (this) {
      if (end != null) {
        return;
      }
      end = reason;
      cause = failure;
      endedAt = time.nanos();
      atEnd.run();
    }
    LOG.info("No more jobs are taken: {}", reason);
    platform.endTake();
    roster.close();
    wake.add(reason);
  }

  /** What else ends when the taking ends. */
  synchronized void onEnd(Runnable action) {
    atEnd = action;
    if (end != null) {
      action.run();
    }
  }

  /** A sentence on what ended it. */
  synchronized String cause() {
    return cause == null ? String.valueOf(end) : cause.getMessage();
  }

  private synchronized Optional<End> ended() {
    return Optional.ofNullable(end);
  }

  /** What a job gets that comes too late for this worker; after a signal it is still run. */
  private synchronized Optional<JobFailure> parting() {
    return switch (end) {
      case null -> Optional.empty();
      case SIGNAL -> Optional.empty();
      case START_FAILED, UNFIT -> Optional.ofNullable(cause);
      case REFRESH, BROKEN ->
          Optional.of(
              new JobFailure(
                  ErrorCode.WORKER_STOPPED, "The worker is being replaced", true, cause));
    };
  }

  private void drain() throws InterruptedException {
    if (roster.awaitEmpty(drainTimeout.minus(time.since(endedAt)))) {
      outbox.waiting().awaitEmpty(drainTimeout.minus(time.since(endedAt)));
      return;
    }
    JobFailure unfinished =
        new JobFailure(
            ErrorCode.WORKER_STOPPED,
            "The worker was told to stop and the job was not done within %d s"
                .formatted(drainTimeout.toSeconds()),
            true,
            null);
    for (ActiveJob held : roster.jobs()) {
      if (held.seize()) {
        LOG.warn("Job {} failed: {}", held.id(), unfinished.getMessage());
        answer(held, () -> outbox.deliver(held.id(), AnswerBody.of(unfinished)));
      }
    }
    if (!roster.awaitEmpty(LAST_WORDS)) {
      LOG.error("The worker ends without having answered: {}", String.join(", ", roster.ids()));
    }
  }

  private interface Posting {
    void run() throws InterruptedException;
  }

  /** Answers a job that this thread has claimed, on a thread of its own. */
  private void answer(ActiveJob held, Posting delivery) {
    Thread.ofPlatform()
        .daemon()
        .name("answer-" + held.id())
        .start(() -> {
          try {
            held.progress().close();
            delivery.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            roster.leave(held);
          }
        });
  }
}
