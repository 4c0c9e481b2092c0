package dev.ltx2.worker.localapi.queue;

import dev.ltx2.worker.localapi.queue.LocalJob.Stop;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Once a second: what is too old, what has run for too long, what can be begun again. */
final class Keeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final JobTable table;
  private final Runs runs;
  private final Endings endings;
  private final QueueFolder folder;
  private final LocalQueue.Parts parts;
  private final BlockingQueue<String> never = new LinkedBlockingQueue<>();
  private @Nullable Thread thread;

  Keeper(JobTable table, Runs runs, Endings endings, QueueFolder folder, LocalQueue.Parts parts) {
    this.table = table;
    this.runs = runs;
    this.endings = endings;
    this.folder = folder;
    this.parts = parts;
  }

  void start() {
    thread = Thread.ofVirtual().name("queue-keeper").start(this::keep);
  }

  private void keep() {
    try {
      while (true) {
        String _ = parts.time().poll(never, ROUND);
        try {
          round();
        } catch (RuntimeException e) {
          LOG.error("The queue could not be looked through", e);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void round() {
    for (LocalJob job : table.all(job -> !job.status.isFinal() && tooOld(job))) {
      runs.stop(job, Stop.TTL);
      if (waits(job)) {
        endings.end(
            job,
            Endings.timedOut(
                "The job waited for longer than its policy.ttl, %d ms"
                    .formatted(job.facts.terms().ttl().toMillis())));
      }
    }
    table.all(this::tooLong).forEach(job -> runs.stop(job, Stop.EXECUTION_TIMEOUT));
    table.all(this::expired).forEach(this::forget);
    table.surplus().forEach(this::forget);
    runs.fill();
  }

  private boolean waits(LocalJob job) {
    return table.with(job.id(), found -> found.status == JobStatus.IN_QUEUE).orElse(false);
  }

  private boolean tooOld(LocalJob job) {
    return parts.time().since(job.createdAt).compareTo(job.facts.terms().ttl()) >= 0;
  }

  private boolean tooLong(LocalJob job) {
    return job.status == JobStatus.IN_PROGRESS
        && parts.time().since(job.startedAt).compareTo(job.facts.terms().executionTimeout()) >= 0;
  }

  private boolean expired(LocalJob job) {
    Duration kept =
        job.facts.terms().sync() ? parts.limits().syncRetention() : parts.limits().retention();
    return job.status.isFinal() && parts.time().since(job.endedAt).compareTo(kept) >= 0;
  }

  private void forget(LocalJob job) {
    table.forget(job);
    var _ = endings.forgetInput(job);
    folder.deleteResult(job.id());
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
