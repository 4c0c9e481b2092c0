package dev.ltx2.worker.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import dev.ltx2.worker.fakes.FakeRunPod.Watcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The platform's side of a run: hands jobs out, and hands out again what a dead worker had not
 * answered once its pings have stopped, and what a living one never got, as its pings show.
 */
final class ChaosPlatform implements Watcher, AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(2);

  /** Pings without a job after its take: the take was lost on its way. */
  private static final int UNNAMED = 10;

  private final FakeRunPod runPod = new FakeRunPod();
  private final ChaosJobs jobs;
  private final ChaosLedger ledger;
  private final Map<Seen, Fault> met = new HashMap<>();
  private final Map<String, Long> lastPing = new HashMap<>();
  private final Map<String, Holding> open = new HashMap<>();
  private int given;

  private static final class Holding {
    final String worker;
    boolean named;
    int unnamed;

    Holding(String worker) {
      this.worker = worker;
    }
  }

  ChaosPlatform(ChaosJobs jobs, ChaosLedger ledger) throws IOException {
    this.jobs = jobs;
    this.ledger = ledger;
    runPod.holding(Duration.ofSeconds(2));
    runPod.watch(this);
  }

  Map<String, String> env(String worker) {
    Map<String, String> env = runPod.env();
    env.put("RUNPOD_POD_ID", worker);
    env.put("RUNPOD_PING_INTERVAL", "300");
    return env;
  }

  /** Hands out the first so many jobs. */
  void give(int upTo) {
    for (; given < Math.min(upTo, jobs.count()); given++) {
      runPod.hand(ChaosJobs.id(given), jobs.input(given));
    }
  }

  /** Begins an outage; connections break with it. */
  void away(Fault polls, Fault posts) throws IOException {
    runPod.always(route -> route == Route.DONE ? posts : polls);
    cut();
  }

  void back() throws IOException {
    runPod.always(_ -> new Fault.None());
    cut();
  }

  private void cut() throws IOException {
    ledger.cut();
    runPod.cutConnections();
  }

  /** Hands out again what was lost with its worker or on its way to one. */
  synchronized void reap() {
    for (Map.Entry<String, Holding> held : List.copyOf(open.entrySet())) {
      String job = held.getKey();
      Holding holding = held.getValue();
      boolean dead = ledger.death(holding.worker).isPresent();
      if (dead && silent(holding.worker)) {
        again(job, "handed out again: worker dead");
      } else if (!dead && holding.unnamed >= UNNAMED) {
        if (holding.named) {
          ledger.dropped(job, holding.worker);
        }
        again(job, holding.named ? "handed out again: let go" : "handed out again: take lost");
      }
    }
  }

  private boolean silent(String worker) {
    long since =
        Math.max(
            lastPing.getOrDefault(worker, Long.MIN_VALUE), ledger.death(worker).orElseThrow().at());
    return System.nanoTime() - since > SILENCE.toNanos();
  }

  private void again(String job, String why) {
    open.remove(job);
    ledger.count(why);
    ledger.tell(job + " is " + why);
    runPod.hand(job, jobs.input(ChaosJobs.number(job)));
  }

  private static String worker(Seen request) {
    String path = request.target().replaceFirst("\\?.*", "");
    List<String> parts = Arrays.asList(path.split("/", -1));
    return parts.get(parts.indexOf(request.route() == Route.DONE ? "job-done" : "ping") + 1);
  }

  @Override
  public synchronized void met(Seen request, Fault fault) {
    boolean answered = fault instanceof Fault.None || fault instanceof Fault.Late;
    if (request.route() == Route.DONE && !progress(request)) {
      met.put(request, fault);
      if (!answered) {
        ledger.refused(worker(request));
      }
    }
    if (request.route() == Route.PING && answered) {
      String worker = worker(request);
      lastPing.put(worker, System.nanoTime());
      open.forEach((job, holding) -> {
        if (holding.worker.equals(worker)) {
          boolean named = request.target().contains(job);
          holding.named |= named;
          holding.unnamed = named ? 0 : holding.unnamed + 1;
        }
      });
    }
  }

  @Override
  public synchronized void handed(Seen take, String element) {
    String job = element.split("\"", 5)[3];
    String worker = take.jobId();
    open.put(job, new Holding(worker));
    ledger.handed(job, worker, Instant.now());
  }

  @Override
  public synchronized void accepted(Seen post) {
    if (progress(post)) {
      return;
    }
    open.remove(post.jobId());
    runPod.withdraw(post.jobId());
    boolean heard = met.remove(post) instanceof Fault.None;
    ledger.answered(post.jobId(), worker(post), post.text(), heard);
  }

  private static boolean progress(Seen post) {
    try {
      JsonNode json = post.json();
      return "IN_PROGRESS".equals(json.path("status").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether these workers are up: their pings say so. */
  synchronized boolean hears(Collection<String> workers) {
    return lastPing.keySet().containsAll(workers);
  }

  /** Jobs without a final answer. */
  List<String> unanswered() {
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < jobs.count(); i++) {
      if (ledger.finals(ChaosJobs.id(i)).isEmpty()) {
        missing.add(ChaosJobs.id(i));
      }
    }
    return missing;
  }

  @Override
  public void close() throws IOException {
    runPod.close();
  }
}
