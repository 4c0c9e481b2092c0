package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.TakenJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The jobs this worker holds, each once. A job has a seat until its video is out of the engine;
 * what is left of it, its tail, overlaps with the next job. At most {@link #TAILS} do: further ones
 * keep their seats, so that a slow store does not fill the disk with videos.
 */
final class ActiveJobs {
  /** Tails that need no seat. */
  static final int TAILS = 2;

  private final int seats;
  private final Clock time;
  private final Map<String, ActiveJob> held = new LinkedHashMap<>();
  private final BlockingQueue<String> departures = new LinkedBlockingQueue<>();
  private boolean closed;

  ActiveJobs(int seats, Clock time) {
    this.seats = seats;
    this.time = time;
  }

  /** Empty for a job that is here already. */
  synchronized Optional<ActiveJob> admit(TakenJob handed, Platform platform) {
    String id = handed.job().id();
    ActiveJob same = held.get(id);
    if (same != null && !same.stopped()) {
      return Optional.empty();
    }
    ActiveJob job = new ActiveJob(handed, new ProgressChannel(id, platform, time));
    held.put(id, job);
    return Optional.of(job);
  }

  /** The job is over, or its answer is on its way from elsewhere. */
  synchronized void leave(ActiveJob job) {
    job.gone();
    if (held.remove(job.id(), job)) {
      departures.add(job.id());
      notifyAll();
    }
  }

  /** Its video is out of the engine. */
  synchronized void vacate(ActiveJob job) {
    if (job.becomeTail()) {
      notifyAll();
    }
  }

  /** Waits for room; the number of free seats, or 0 once closed. */
  synchronized int awaitFree() throws InterruptedException {
    while (!closed && occupied(held.size()) >= seats) {
      wait();
    }
    return closed ? 0 : seats - occupied(held.size());
  }

  /** Of so many jobs, among them all tails. */
  private int occupied(int jobs) {
    return jobs - Math.min(tails().size(), TAILS);
  }

  private List<ActiveJob> tails() {
    return held.values().stream().filter(ActiveJob::tail).toList();
  }

  /**
   * Waits until it is this job's turn to sit down: the platform may hand out more than it was asked
   * for.
   *
   * @return false when it was ended before
   */
  synchronized boolean awaitSeat(ActiveJob job, Thread worker) throws InterruptedException {
    while (job.waiting() && !(isNext(job) && occupied(started()) < seats)) {
      wait();
    }
    boolean seated = job.start(worker);
    notifyAll();
    return seated;
  }

  private boolean isNext(ActiveJob job) {
    return held.values().stream().filter(ActiveJob::waiting).findFirst().orElse(job).equals(job);
  }

  private int started() {
    return (int) held.values().stream().filter(ActiveJob::started).count();
  }

  /** Waits until the videos that are on their way have arrived, all but this job's. */
  void awaitTails(ActiveJob but, Duration limit) throws InterruptedException {
    List<ActiveJob> others;
    synchronized (this) {
      others = tails().stream().filter(job -> !job.equals(but)).toList();
    }
    long start = time.nanos();
    for (ActiveJob other : others) {
      Duration left = limit.minus(time.since(start));
      if (left.isPositive()) {
        other.awaitGone(left, time);
      }
    }
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits until nothing is held. */
  boolean awaitEmpty(Duration limit) throws InterruptedException {
    long start = time.nanos();
    while (!jobs().isEmpty()) {
      Duration left = limit.minus(time.since(start));
      if (!left.isPositive()) {
        return false;
      }
      time.poll(departures, left);
    }
    return true;
  }

  /** What pings report: a stopped job is no longer the platform's. */
  synchronized List<String> ids() {
    return held.values().stream().filter(job -> !job.stopped()).map(ActiveJob::id).toList();
  }

  synchronized List<ActiveJob> jobs() {
    return new ArrayList<>(held.values());
  }

  synchronized Optional<ActiveJob> find(String id) {
    return Optional.ofNullable(held.get(id));
  }
}
