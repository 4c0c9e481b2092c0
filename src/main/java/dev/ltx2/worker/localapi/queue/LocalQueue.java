package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.job.JobRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The queue of the local API: takes jobs in, has them run one after the other, keeps their results.
 * What was accepted is on disk; a server that comes back after its death runs or answers it.
 */
public final class LocalQueue implements AutoCloseable {
  private final QueueFolder folder;
  private final JobTable table;
  private final Runs runs;
  private final Endings endings;
  private final Keeper keeper;
  private final Parts parts;

  /**
   * What a queue works with.
   *
   * @param mode of a request, for lists
   */
  public record Parts(
      JobEngine engine, JobPlanner mode, WebhookPost webhooks, QueueLimits limits, Clock time) {}

  /**
   * What runs the jobs.
   *
   * @param concurrency jobs that may want the GPU at once
   * @param state for {@code /health}
   * @param obstacle why no job can be run now, such as a full disk; empty most of the time
   */
  public record JobEngine(
      JobRunner runner,
      int concurrency,
      Supplier<EngineState> state,
      Supplier<Optional<String>> obstacle) {}

  /** Opens the queue of a folder, and goes on with the jobs that are in it. */
  public static LocalQueue open(Path folder, Parts parts) throws IOException {
    LocalQueue queue = new LocalQueue(new QueueFolder(folder), parts);
    Restored.into(queue.table, queue.folder, queue.endings, parts.time);
    queue.keeper.start();
    queue.runs.fill();
    return queue;
  }

  private LocalQueue(QueueFolder folder, Parts parts) {
    this.folder = folder;
    this.parts = parts;
    this.table = new JobTable(parts.limits, parts.time);
    this.endings = new Endings(folder, table, parts);
    this.runs = new Runs(folder, table, endings, parts.engine, parts.time);
    this.keeper = new Keeper(table, runs, endings, folder, parts);
  }

  /**
   * Takes a job in; it is on disk when this returns.
   *
   * @return {@code {"id":…,"status":"IN_QUEUE"}}
   */
  public ObjectNode submit(Submission submission) throws QueueException {
    String id = (submission.terms().sync() ? "sync-" : "") + UUID.randomUUID() + "-l1";
    long order = table.reserve();
    inReservedPlace(
        id,
        0,
        () -> {
          LocalJob.Facts facts = facts(id, order, submission);
          ObjectNode request = JobRecords.request(facts, 0, submission.input());
          table.admit(facts, folder.writeRequest(id, 0, request));
        });
    runs.fill();
    return accepted(id);
  }

  private static ObjectNode accepted(String id) {
    return StatusJson.JSON
        .createObjectNode()
        .put("id", id)
        .put("status", JobStatus.IN_QUEUE.name());
  }

  private interface Admission {
    void run() throws IOException;
  }

  /** Lets a job in; where that fails, nothing of it is left and its place is free again. */
  private void inReservedPlace(String id, int retries, Admission admission) throws QueueException {
    boolean admitted = false;
    try {
      admission.run();
      admitted = true;
    } catch (IOException e) {
      throw new QueueException(
          QueueException.Obstacle.DISK, "The job could not be written to disk: " + e, e);
    } finally {
      if (!admitted) {
        folder.deleteRequest(id, retries);
        table.unreserve();
      }
    }
  }

  private LocalJob.Facts facts(String id, long order, Submission submission) {
    return new LocalJob.Facts(
        id, order, parts.time.now(), parts.mode.mode(submission.input()), submission.terms());
  }

  /** What {@code /status} says; empty for an id that is not, or no longer, known. */
  public Optional<ObjectNode> status(String id) {
    return table.with(id, StatusJson::of);
  }

  /** Completes when the job has ended; empty for an id that is not known. */
  public Optional<CompletableFuture<Void>> done(String id) {
    return table.with(id, LocalJob::done);
  }

  /** What {@code /stream} says: progress since the last call for this job. */
  public Optional<ObjectNode> stream(String id) {
    return table.with(
        id,
        job -> {
          ObjectNode json = StatusJson.JSON.createObjectNode().put("status", job.status.name());
          ArrayNode stream = json.putArray("stream");
          job.takeUpdates().forEach(update -> stream.addObject().set("output", update));
          return json;
        });
  }

  /** Stops a job that waits or runs; what {@code /cancel} says, also of one that has ended. */
  public Optional<ObjectNode> cancel(String id) {
    Optional<LocalJob> job = table.find(id);
    job.ifPresent(found -> {
      runs.stop(found, LocalJob.Stop.CANCEL);
      if (!endings.end(found, Endings.cancelled())) {
        // Its own thread is about to end it, perhaps for this very call: the answer tells how.
        found.done().copy().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
      }
    });
    return job.flatMap(found -> table.with(id, StatusJson::of))
        .map(json -> {
          json.remove("output");
          return json;
        });
  }

  /** Queues a job once more that has failed; what {@code /retry} says. */
  public Optional<ObjectNode> retry(String id) throws QueueException {
    Optional<LocalJob> found = table.find(id);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    LocalJob job = found.get();
    JsonNode input = endings.inputOfFailed(job);
    int retries = job.retries + 1;
    table.reserve();
    inReservedPlace(
        id,
        retries,
        () -> {
          ObjectNode request = JobRecords.request(job.facts, retries, input);
          table.admitAgain(job, retries, folder.writeRequest(id, retries, request));
        });
    folder.deleteResult(id);
    runs.fill();
    return Optional.of(accepted(id));
  }

  /** Cancels all that wait; their number. */
  public int purge() {
    int removed = 0;
    for (LocalJob job : table.waiting()) {
      removed += endings.end(job, Endings.cancelled()) ? 1 : 0;
    }
    return removed;
  }

  /** What {@code /health} says. */
  public ObjectNode health() {
    JobTable.Counts counts = table.counts();
    ObjectNode json = StatusJson.JSON.createObjectNode();
    json.putObject("jobs")
        .put("completed", counts.completed())
        .put("failed", counts.failed())
        .put("inProgress", counts.inProgress())
        .put("inQueue", counts.inQueue())
        .put("retried", counts.retried());
    EngineState engine = obstacle().isPresent() ? EngineState.UNHEALTHY : parts.engine.state.get();
    boolean busy = counts.inProgress() > 0;
    boolean ready = engine == EngineState.READY;
    json.putObject("workers")
        .put("idle", ready && !busy ? 1 : 0)
        .put("initializing", engine == EngineState.INITIALIZING ? 1 : 0)
        .put("ready", ready ? 1 : 0)
        .put("running", busy ? 1 : 0)
        .put("throttled", 0)
        .put("unhealthy", engine == EngineState.UNHEALTHY ? 1 : 0);
    return json;
  }

  /** The newest jobs first, at most that many. */
  public ArrayNode recent(int most) {
    ArrayNode all = StatusJson.JSON.createArrayNode();
    table.recent(most).forEach(all::add);
    return all;
  }

  /** Why no job can be run now; empty most of the time. */
  public Optional<String> obstacle() {
    return parts.engine.obstacle.get();
  }

  /** Jobs that wait. */
  public int waiting() {
    return (int) table.counts().inQueue();
  }

  /** Jobs that run. */
  public int running() {
    return (int) table.counts().inProgress();
  }

  /** Ends of jobs that a client's server was not told yet. */
  public int undeliveredWebhooks() {
    return endings.undeliveredWebhooks();
  }

  /**
   * Starts no more jobs, and gives those that run this long; what is not done then stays on disk
   * for the next start.
   */
  public void drain(Duration limit) throws InterruptedException {
    table.close();
    runs.drain(limit);
  }

  @Override
  public void close() {
    table.close();
    keeper.close();
    runs.close();
    endings.close();
  }
}
