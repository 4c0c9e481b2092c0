package dev.ltx2.worker.runpod;

import dev.ltx2.worker.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The jobs this worker holds, each once, and those it has lately finished. */
final class Roster {
  /** A job that is handed out again this soon after its success is a slip of the platform. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private final int seats;
  private final Time time;
  private final Map<String, Held> held = new LinkedHashMap<>();
  private final Map<String, Long> succeeded = new LinkedHashMap<>();
  private final BlockingQueue<String> departures = new LinkedBlockingQueue<>();
  private boolean closed;

  Roster(int seats, Time time) {
    this.seats = seats;
    this.time = time;
  }

  /** Empty for a job that is here already or has lately succeeded. */
  synchronized Optional<Held> admit(Handed handed, Platform platform) {
    succeeded.values().removeIf(since -> time.since(since).compareTo(REMEMBERED) > 0);
    String id = handed.job().id();
    Held same = held.get(id);
    if ((same != null && !same.stopped()) || succeeded.containsKey(id)) {
      return Optional.empty();
    }
    Held job = new Held(handed, new ProgressChannel(id, platform, time));
    held.put(id, job);
    return Optional.of(job);
  }

  /** The job is over. One that failed may come again: clients can retry it under its id. */
  synchronized void leave(Held job, boolean success) {
    if (held.remove(job.id(), job)) {
      if (success) {
        succeeded.put(job.id(), time.nanos());
      }
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
    return held.values().stream().filter(job -> !job.stopped()).map(Held::id).toList();
  }

  synchronized List<Held> jobs() {
    return new ArrayList<>(held.values());
  }

  synchronized Optional<Held> find(String id) {
    return Optional.ofNullable(held.get(id));
  }
}
