package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.localapi.queue.LocalJob.Ending;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends jobs: the result to disk, then to the client, then the request away. */
final class Endings implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Endings.class);

  /** Inputs of failed jobs that are kept for {@code /retry}, in memory alone. */
  private static final long KEPT_INPUTS = 64L << 20;

  private final QueueFolder folder;
  private final JobTable table;
  private final LocalQueue.Parts parts;
  private final Webhooks webhooks;

  /** By job, the oldest first; guarded by itself. */
  private final Map<String, KeptInput> inputs = new LinkedHashMap<>();

  private long inputBytes;

  private record KeptInput(JsonNode input, long bytes) {}

  Endings(QueueFolder folder, JobTable table, LocalQueue.Parts parts) {
    this.folder = folder;
    this.table = table;
    this.parts = parts;
    this.webhooks = new Webhooks(parts.webhooks(), parts.limits().webhookGap(), parts.time());
  }

  static Ending cancelled() {
    return new Ending(JobStatus.CANCELLED, Optional.empty(), Optional.empty());
  }

  static Ending timedOut(String error) {
    return new Ending(JobStatus.TIMED_OUT, Optional.empty(), Optional.of(error));
  }

  /** Ends a job, unless it has ended or somebody else is about to end it. */
  boolean end(LocalJob job, Ending ending) {
    if (!table.claim(job)) {
      return false;
    }
    // A cancel that came too late would break off the writing.
    Thread.interrupted();
    try {
      folder.writeResult(job.id(), JobRecords.result(job, ending, parts.time().now()));
    } catch (IOException e) {
      LOG.error("Cannot write the result of job {} to disk; it is in memory alone", job.id(), e);
    }
    if (ending.status().mayBeRetried()) {
      keepInput(job);
    }
    table.end(job, ending);
    job.done().complete(null);
    if (job.facts.terms().webhook().isPresent()) {
      tell(job);
    } else {
      folder.deleteRequest(job.id(), job.retries);
    }
    return true;
  }

  /** Posts the webhook; the request stays on disk until that is settled. */
  void tell(LocalJob job) {
    Optional<ObjectNode> body = table.with(job.id(), StatusJson::of);
    if (body.isEmpty() || job.facts.terms().webhook().isEmpty()) {
      folder.deleteRequest(job.id(), job.retries);
      return;
    }
    String address = job.facts.terms().webhook().get();
    try {
      body.get().set("input", folder.readRequest(job.id(), job.retries).get("input"));
    } catch (IOException e) {
      LOG.warn("The webhook of job {} goes without its input: {}", job.id(), IoErrors.of(e));
    }
    body.get().put("webhook", address);
    webhooks.send(job.id(), address, body.get(), () -> folder.deleteRequest(job.id(), job.retries));
  }

  private void keepInput(LocalJob job) {
    try {
      JsonNode input = folder.readRequest(job.id(), job.retries).path("input");
      synchronized (inputs) {
        inputs.put(job.id(), new KeptInput(input, job.bytes));
        inputBytes += job.bytes;
        Iterator<KeptInput> oldest = inputs.values().iterator();
        while (inputBytes > KEPT_INPUTS && oldest.hasNext()) {
          inputBytes -= oldest.next().bytes();
          oldest.remove();
        }
      }
    } catch (IOException e) {
      LOG.warn("Job {} cannot be retried, its request is gone: {}", job.id(), IoErrors.of(e));
    }
  }

  /** The input of a job that may be retried; it is not kept any longer. */
  JsonNode inputOfFailed(LocalJob job) throws QueueException {
    JobStatus status = table.with(job.id(), found -> found.status).orElse(JobStatus.CANCELLED);
    if (!status.mayBeRetried()) {
      throw new QueueException(
          QueueException.Obstacle.WRONG_STATE,
          "Only a job that is FAILED or TIMED_OUT can be retried; this one is " + status,
          null);
    }
    return forgetInput(job)
        .orElseThrow(() ->
            new QueueException(
                QueueException.Obstacle.WRONG_STATE,
                "The input of this job is no longer kept: send it again with /run",
                null));
  }

  /** Keeps the input of a job no longer. */
  Optional<JsonNode> forgetInput(LocalJob job) {
    synchronized (inputs) {
      KeptInput kept = inputs.remove(job.id());
      if (kept == null) {
        return Optional.empty();
      }
      inputBytes -= kept.bytes();
      return Optional.of(kept.input());
    }
  }

  int undeliveredWebhooks() {
    return webhooks.waiting();
  }

  @Override
  public void close() {
    webhooks.close();
  }
}
