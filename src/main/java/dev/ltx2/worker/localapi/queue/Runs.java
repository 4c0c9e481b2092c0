package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.localapi.queue.LocalJob.Ending;
import dev.ltx2.worker.localapi.queue.LocalJob.Stop;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the jobs of the queue while there are seats. A job whose video is made has left the GPU: the
 * next one is begun while it is muxed and stored, with at most two such tails.
 */
final class Runs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

  /** What log lines carry as the job they belong to. */
  private static final String JOB_ID = "requestId";

  private static final int TAILS = 2;

  /** A job that a server did not survive this often is answered instead. */
  private static final int MOST_STARTS = 3;

  private final QueueFolder folder;
  private final JobTable table;
  private final Endings endings;
  private final LocalQueue.JobEngine engine;
  private final Clock time;
  private final Set<LocalJob> running = new LinkedHashSet<>();
  private final BlockingQueue<String> departures = new LinkedBlockingQueue<>();
  private String obstacle = "";

  Runs(
      QueueFolder folder,
      JobTable table,
      Endings endings,
      LocalQueue.JobEngine engine,
      Clock time) {
    this.folder = folder;
    this.table = table;
    this.endings = endings;
    this.engine = engine;
    this.time = time;
  }

  /** Begins as many jobs as there are seats. */
  synchronized void fill() {
    while (seatFree() && table.counts().inQueue() > 0 && clear()) {
      Optional<LocalJob> next = table.next();
      if (next.isEmpty()) {
        return;
      }
      LocalJob job = next.get();
      running.add(job);
      // Native code of a job holds its carrier, so a platform thread.
      Thread thread =
          Thread.ofPlatform().daemon().name("job-" + job.id()).unstarted(() -> run(job));
      synchronized (table) {
        job.thread = thread;
      }
      thread.start();
    }
  }

  private boolean seatFree() {
    long tails = running.stream().filter(job -> job.tail).count();
    return running.size() - tails < engine.concurrency()
        && running.size() < engine.concurrency() + TAILS;
  }

  private boolean clear() {
    String now = engine.obstacle().get().orElse("");
    if (!now.isEmpty() && !now.equals(obstacle)) {
      LOG.warn("No job is begun: {}", now);
    }
    obstacle = now;
    return now.isEmpty();
  }

  private void run(LocalJob job) {
    MDC.put(JOB_ID, job.id());
    try {
      LOG.info("Started.");
      Optional<Ending> ending = outcome(job);
      ending.ifPresent(end -> {
        endings.end(job, end);
        LOG.info("Finished: {}.", end.status());
      });
    } finally {
      leave(job);
      MDC.remove(JOB_ID);
    }
  }

  private void leave(LocalJob job) {
    synchronized (this) {
      running.remove(job);
    }
    departures.add(job.id());
    fill();
  }

  /** Empty for a job that is left to the next start of the server. */
  private Optional<Ending> outcome(LocalJob job) {
    try {
      return Optional.of(made(job));
    } catch (JobFailure failure) {
      return Optional.of(failed(failure));
    } catch (InterruptedException | ClosedByInterruptException e) {
      return stopped(job);
    } catch (IOException e) {
      LOG.error("Cannot read the job or write its answer", e);
      return Optional.of(
          failed(failure(ErrorCode.INTERNAL_ERROR, "The job's files could not be used: " + e, e)));
    } catch (RuntimeException | Error e) {
      LOG.error("The job failed unexpectedly", e);
      String sentence = "The worker failed unexpectedly (" + e.getClass().getSimpleName() + ")";
      return Optional.of(failed(failure(ErrorCode.INTERNAL_ERROR, sentence, e)));
    }
  }

  private Ending made(LocalJob job) throws JobFailure, IOException, InterruptedException {
    synchronized (table) {
      if (job.stop != null || job.claimed) {
        throw new InterruptedException();
      }
    }
    int starts = folder.started(job.id(), job.retries);
    if (starts > MOST_STARTS) {
      throw failure(
          ErrorCode.WORKER_STOPPED,
          "The server ended %d times while it ran this job".formatted(MOST_STARTS),
          null);
    }
    JsonNode input = folder.readRequest(job.id(), job.retries).path("input");
    try (Answer answer = engine.runner().run(new Job(job.id(), input), now -> progress(job, now))) {
      JsonNode output = StatusJson.of(answer, job.facts.terms().base());
      return new Ending(JobStatus.COMPLETED, Optional.of(output), Optional.empty());
    }
  }

  private void progress(LocalJob job, Progress progress) {
    boolean left;
    synchronized (table) {
      if (job.claimed) {
        return;
      }
      job.progress(progress);
      left = !job.tail && progress.stage().compareTo(Stage.GENERATE) > 0;
    }
    if (left) {
      synchronized (this) {
        job.tail = true;
      }
      fill();
    }
  }

  private static Ending failed(JobFailure failure) {
    if (failure.code() != ErrorCode.INTERNAL_ERROR) {
      LOG.warn("Failed: {} {}", failure.code(), failure.getMessage());
    }
    try {
      return new Ending(
          JobStatus.FAILED, Optional.of(StatusJson.of(failure)), Optional.of(failure.getMessage()));
    } catch (IOException e) {
      throw new IllegalStateException("an error in memory", e);
    }
  }

  private static JobFailure failure(ErrorCode code, String sentence, @Nullable Throwable cause) {
    return new JobFailure(code, sentence, true, cause);
  }

  private Optional<Ending> stopped(LocalJob job) {
    Stop stop;
    synchronized (table) {
      stop = job.stop == null ? Stop.CANCEL : job.stop;
    }
    return switch (stop) {
      case CANCEL -> Optional.of(Endings.cancelled());
      case EXECUTION_TIMEOUT ->
          Optional.of(
              Endings.timedOut(
                  "The job ran for longer than its policy.executionTimeout, %d ms"
                      .formatted(job.facts.terms().executionTimeout().toMillis())));
      case TTL ->
          Optional.of(
              Endings.timedOut(
                  "The job was not done within its policy.ttl, %d ms"
                      .formatted(job.facts.terms().ttl().toMillis())));
      case END_OF_SERVER -> {
        folder.forgetStarts(job.id(), job.retries);
        yield Optional.empty();
      }
    };
  }

  /** Stops a job if it runs; its thread ends it. */
  void stop(LocalJob job, Stop why) {
    synchronized (table) {
      // One that is being ended writes its result: an interrupt would break that off.
      if (job.status == JobStatus.IN_PROGRESS && job.stop == null && !job.claimed) {
        job.stop = why;
        if (job.thread != null) {
          job.thread.interrupt();
        }
      }
    }
  }

  void drain(Duration limit) throws InterruptedException {
    long start = time.nanos();
    while (busy()) {
      Duration left = limit.minus(time.since(start));
      if (!left.isPositive()) {
        return;
      }
      String _ = time.poll(departures, left);
    }
  }

  private synchronized boolean busy() {
    return !running.isEmpty();
  }

  /** Interrupts what runs, and waits for it to clean up. */
  @Override
  public void close() {
    List<LocalJob> left;
    synchronized (this) {
      left = List.copyOf(running);
    }
    left.forEach(job -> {
      LOG.warn("Job {} is stopped with the server, which runs it at its next start", job.id());
      stop(job, Stop.END_OF_SERVER);
    });
    try {
      drain(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
