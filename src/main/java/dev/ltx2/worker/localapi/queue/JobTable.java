package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** All jobs in memory: who waits, who runs, what is kept. Its monitor guards what is in a job. */
final class JobTable {
  /** What {@code /health} counts, since the start. */
  record Counts(long completed, long failed, long inProgress, long inQueue, long retried) {}

  private final QueueLimits limits;
  private final Clock time;
  private final Map<String, LocalJob> jobs = new LinkedHashMap<>();
  private final Deque<LocalJob> queue = new ArrayDeque<>();
  private int reserved;
  private int inProgress;
  private long bytes;
  private long nextOrder = 1;
  private long completed;
  private long failed;
  private long retried;
  private boolean closed;

  JobTable(QueueLimits limits, Clock time) {
    this.limits = limits;
    this.time = time;
  }

  /** Keeps a place for a job that is being written to disk; the next number in order. */
  synchronized long reserve() throws QueueException {
    if (closed) {
      throw new QueueException(
          QueueException.Obstacle.CLOSING, "The server is ending and takes no more jobs", null);
    }
    if (queue.size() + reserved >= limits.jobs()) {
      throw new QueueException(
          QueueException.Obstacle.FULL,
          "The queue is full: %d jobs wait".formatted(limits.jobs()),
          null);
    }
    if (bytes >= limits.bytes()) {
      throw new QueueException(
          QueueException.Obstacle.FULL,
          "The queue is full: the requests that wait take %d MB".formatted(bytes >> 20),
          null);
    }
    reserved++;
    return nextOrder++;
  }

  synchronized void unreserve() {
    reserved--;
  }

  /** A job that has its place is on disk. */
  synchronized void admit(LocalJob.Facts facts, long size) {
    reserved--;
    put(new LocalJob(facts, size, time.nanos(), 0));
  }

  /** The same for one that has failed. */
  synchronized void admitAgain(LocalJob before, int retries, long size) {
    reserved--;
    retried++;
    jobs.remove(before.id());
    put(new LocalJob(before.facts, size, before.createdAt, retries));
  }

  private void put(LocalJob job) {
    jobs.put(job.id(), job);
    bytes += job.bytes;
    queue.add(job);
  }

  /** One that an earlier process left, waiting or ended. */
  synchronized void restore(LocalJob job) {
    nextOrder = Math.max(nextOrder, job.facts.order() + 1);
    if (job.status.isFinal()) {
      jobs.put(job.id(), job);
    } else {
      put(job);
    }
  }

  synchronized Optional<LocalJob> find(String id) {
    return Optional.ofNullable(jobs.get(id));
  }

  /** Reads a job while nothing changes in it. */
  synchronized <T> Optional<T> with(String id, Function<LocalJob, T> read) {
    return find(id).map(read);
  }

  /** The next job to be run, taken out of the queue and in progress. */
  synchronized Optional<LocalJob> next() {
    if (closed || queue.isEmpty()) {
      return Optional.empty();
    }
    LocalJob job = queue.removeFirst();
    job.status = JobStatus.IN_PROGRESS;
    job.startedAt = time.nanos();
    job.delayMillis = (job.startedAt - job.createdAt) / 1_000_000;
    inProgress++;
    return Optional.of(job);
  }

  /** Takes the right to end a job; false when somebody has it. */
  synchronized boolean claim(LocalJob job) {
    if (job.claimed) {
      return false;
    }
    job.claim(time.nanos());
    queue.remove(job);
    return true;
  }

  /** The job has ended, and its result is on disk. */
  synchronized void end(LocalJob job, LocalJob.Ending ending) {
    if (job.status == JobStatus.IN_PROGRESS) {
      inProgress--;
    }
    bytes -= job.bytes;
    job.end(ending, time.nanos());
    completed += ending.status() == JobStatus.COMPLETED ? 1 : 0;
    failed += ending.status().mayBeRetried() ? 1 : 0;
  }

  synchronized void forget(LocalJob job) {
    jobs.remove(job.id(), job);
  }

  synchronized List<LocalJob> waiting() {
    return new ArrayList<>(queue);
  }

  /** Jobs of any state for which that is so. */
  synchronized List<LocalJob> all(Function<LocalJob, Boolean> which) {
    return jobs.values().stream().filter(which::apply).toList();
  }

  /** The oldest results that are more than are kept. */
  synchronized List<LocalJob> surplus() {
    List<LocalJob> ended =
        new ArrayList<>(jobs.values().stream().filter(job -> job.status.isFinal()).toList());
    if (ended.size() <= limits.results()) {
      return List.of();
    }
    ended.sort(Comparator.comparingLong(job -> job.endedAt));
    return ended.subList(0, ended.size() - limits.results());
  }

  synchronized List<ObjectNode> recent(int most) {
    List<LocalJob> newest = new ArrayList<>(jobs.values());
    newest.sort(Collections.reverseOrder(Comparator.comparingLong(job -> job.facts.order())));
    return newest.stream().limit(most).map(StatusJson::line).toList();
  }

  synchronized Counts counts() {
    return new Counts(completed, failed, inProgress, queue.size(), retried);
  }

  synchronized void close() {
    closed = true;
  }
}
