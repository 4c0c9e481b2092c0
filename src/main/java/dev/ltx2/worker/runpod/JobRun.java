package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.runpod.answers.AnswerBody;
import dev.ltx2.worker.runpod.answers.ResultOutbox;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One job on its thread, from its start to its answer: free the seat once the video is out of the
 * engine, close the progress, post the answer, leave the pings.
 */
final class JobRun implements Runnable {
  /** What log lines carry as the job they belong to. */
  static final String JOB_ID = "requestId";

  private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

  private final ActiveJob held;
  private final EndOfLoop loop;
  private final Means shared;

  /** What all jobs share. */
  record Means(
      JobRunner runner,
      ActiveJobs roster,
      ResultOutbox outbox,
      Duration drainTimeout,
      Clock time) {}

  private sealed interface RunOutcome {
    record Made(Answer answer) implements RunOutcome {}

    record Broken(JobFailure failure) implements RunOutcome {}
  }

  JobRun(ActiveJob held, EndOfLoop loop, Means shared) {
    this.held = held;
    this.loop = loop;
    this.shared = shared;
  }

  @Override
  public void run() {
    try {
      if (!shared.roster().awaitSeat(held, Thread.currentThread())) {
        return;
      }
    } catch (InterruptedException e) {
      // Nobody interrupts a thread whose job has not begun.
      throw new IllegalStateException(e);
    }
    MDC.put(JOB_ID, held.id());
    try {
      work();
    } catch (InterruptedException e) {
      // The worker ended before the answer was posted.
    } catch (RuntimeException | Error e) {
      LOG.error("The job ended without an answer", e);
      throw e;
    } finally {
      if (held.stopped()) {
        LOG.info("Job stopped.");
        shared.roster().leave(held);
      }
      MDC.remove(JOB_ID);
    }
  }

  private void work() throws InterruptedException {
    LOG.info("Started.");
    long start = shared.time().nanos();
    RunOutcome outcome = outcome();
    if (outcome instanceof RunOutcome.Broken(JobFailure failure)) {
      // Before the answer is posted: a job taken now would die with this worker.
      EndOfLoop.End.of(failure).ifPresent(end -> loop.end(end, failure));
    }
    held.progress().close();
    if (held.claim()) {
      try {
        answer(outcome);
        LOG.info("Finished in {} s.", shared.time().since(start).toMillis() / 1000.0);
      } finally {
        shared.roster().leave(held);
      }
    } else {
      shared.outbox().promises().withdraw(held.id());
    }
    if (outcome instanceof RunOutcome.Made(Answer answer)) {
      close(answer);
    }
  }

  private static void close(Answer answer) {
    try {
      answer.close();
    } catch (RuntimeException e) {
      LOG.warn("The job's files could not be deleted", e);
    }
  }

  private RunOutcome outcome() {
    try {
      if (held.handed().fault().isPresent()) {
        String fault = held.handed().fault().get();
        throw new JobFailure(ErrorCode.INVALID_INPUT, fault, false, null);
      }
      return new RunOutcome.Made(shared.runner().run(held.handed().job(), listener()));
    } catch (JobFailure e) {
      return new RunOutcome.Broken(e);
    } catch (InterruptedException e) {
      return failed(ErrorCode.CANCELLED, "The job was cancelled", false, e);
    } catch (RuntimeException | Error e) {
      String sentence = "The worker failed unexpectedly (" + e.getClass().getSimpleName() + ")";
      return failed(ErrorCode.INTERNAL_ERROR, sentence, true, e);
    }
  }

  private ProgressListener listener() {
    return new ProgressListener() {
      @Override
      public void progress(Progress progress) {
        held.progress().progress(progress);
        if (progress.stage().compareTo(Stage.MUX) >= 0) {
          shared.roster().vacate(held);
        }
      }

      @Override
      public void promised(Promise promise) {
        shared.outbox().promises().make(held.id(), promise);
      }
    };
  }

  private static RunOutcome failed(
      ErrorCode code, String sentence, boolean retryable, Throwable e) {
    return new RunOutcome.Broken(new JobFailure(code, sentence, retryable, e));
  }

  private void answer(RunOutcome outcome) throws InterruptedException {
    switch (outcome) {
      case RunOutcome.Made(Answer answer) ->
          shared.outbox().deliver(held.id(), AnswerBody.of(answer));
      case RunOutcome.Broken(JobFailure failure) -> {
        if (failure.code() == ErrorCode.INTERNAL_ERROR) {
          LOG.error("Failed: {}", failure.getMessage(), failure.getCause());
        } else {
          LOG.warn("Failed: {} {}", failure.code(), failure.getMessage());
        }
        if (failure.refreshWorker()) {
          // The platform ends this worker once it has the answer.
          shared.roster().awaitTails(held, shared.drainTimeout());
        }
        shared.outbox().deliver(held.id(), AnswerBody.of(failure));
      }
    }
  }
}
