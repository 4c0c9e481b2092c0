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

/** The jobs this worker holds, each once. */
final class ActiveJobs {
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
    if (held.remove(job.id(), job)) {
      departures.add(job.id());
      notifyAll();
    }
  }

  /** Waits for room; the number of free seats, or 0 once closed. */
  synchronized int awaitFree() throws InterruptedException {
    while (!closed && held.size() >= seats) {
      wait();
    }
    return closed ? 0 : seats - held.size();
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
