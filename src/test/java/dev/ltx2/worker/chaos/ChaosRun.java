package dev.ltx2.worker.chaos;

import dev.ltx2.worker.chaos.ChaosLedger.Event;
import dev.ltx2.worker.chaos.ChaosLedger.Kind;
import dev.ltx2.worker.fakes.FakeGcs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Whole {@code serve} processes that share one KEEP_DIR, killed at random moments while platform,
 * store and disk fail now and then. When all is quiet again, fresh workers get time to deliver what
 * is kept; then the oracle judges what became of every job and every video.
 */
final class ChaosRun implements AutoCloseable {
  /**
   * How much of everything.
   *
   * @param workers at once
   * @param gap most time between two kills
   * @param outage longest outage
   * @param deliver what fresh workers get at the end
   * @param disk whether the disk fails
   */
  record Size(
      int jobs,
      int kills,
      int workers,
      Duration gap,
      Duration outage,
      Duration deliver,
      boolean disk) {}

  /** What all jobs get after the last fault. */
  private static final Duration REST = Duration.ofMinutes(4);

  private static final Duration START = Duration.ofSeconds(30);

  private static final Duration SHARE = Duration.ofSeconds(15);

  private static final Duration MOMENT = Duration.ofSeconds(20);

  private static final List<Optional<Kind>> MOMENTS =
      List.of(
          Optional.empty(),
          Optional.empty(),
          Optional.of(Kind.TAKEN),
          Optional.of(Kind.STORED),
          Optional.of(Kind.ACCEPTED),
          Optional.of(Kind.REFUSED));

  private final Deque<Optional<Kind>> moments = new ArrayDeque<>();
  private final Size size;
  private final Random random;
  private final Path keep;
  private final ChaosLedger ledger = new ChaosLedger();
  private final ChaosJobs jobs;
  private final ChaosPlatform platform;
  private final FakeGcs store = FakeGcs.counting(0);
  private final ChaosWorkers workers;
  private final ChaosWeather weather;

  ChaosRun(Size size, long seed, Path folder, Optional<ChaosDisk> disk) throws IOException {
    this.size = size;
    random = new Random(seed);
    Path room = disk.map(ChaosDisk::folder).orElse(folder);
    keep = Files.createDirectories(room.resolve("unsent")).toAbsolutePath();
    jobs = new ChaosJobs(size.jobs(), seed);
    platform = new ChaosPlatform(jobs, ledger);
    store.onStored(ledger::stored);
    weather = new ChaosWeather(platform, store, disk, size, seed, ledger);
    workers = new ChaosWorkers(folder.resolve("workers"), room.resolve("tmp"), this::env, ledger);
  }

  private Map<String, String> env(String worker) {
    Map<String, String> env = platform.env(worker);
    env.putAll(
        Map.of(
            "ENGINE", "rehearsal",
            "WARM_UP", "false",
            "WORKER_CONCURRENCY", "2",
            "GCS_BUCKET", "videos",
            "STORAGE_EMULATOR_HOST", store.url().toString(),
            "KEEP_DIR", keep.toString(),
            "LOG_FORMAT", "text"));
    env.put("MIN_FREE_DISK", weather.minFreeDisk());
    return env;
  }

  /** Runs it to its end. */
  ChaosOracle.Verdict run() throws Exception {
    for (int i = 0; i < size.workers(); i++) {
      workers.start();
    }
    platform.give(size.workers() * 3);
    weather.start();
    for (int kill = 0; kill < size.kills(); kill++) {
      awaitShare(kill);
      kill(size.jobs() * (kill + 2) / (size.kills() + 1));
    }
    platform.give(size.jobs());
    weather.end();
    ledger.tell("the last fault is over");
    boolean answered = until(REST, () -> platform.unanswered().isEmpty());
    ledger.tell(answered ? "every job is answered" : "jobs wait: " + platform.unanswered());
    // SIGTERM before its start is complete ends any program with 143
    until(START, this::up);
    boolean clean = workers.endAll();
    for (int i = 1; i < size.workers(); i++) {
      workers.start();
    }
    boolean delivered = until(size.deliver(), () -> up() && kept().isEmpty());
    ledger.tell(delivered ? "nothing is kept any more" : "kept: " + kept());
    clean &= workers.endAll();
    return new ChaosOracle(ledger, jobs, store.objects(), keep, weather.diskFailed()).judge(clean);
  }

  /** Kills are spread over the run, however slow the machine is. */
  private void awaitShare(int kill) throws Exception {
    until(START, this::up);
    int share = size.jobs() * kill / (size.kills() + 1) / 2;
    until(SHARE, () -> ledger.answeredJobs() >= share);
  }

  private boolean up() {
    return platform.hears(workers.living());
  }

  /** Waits for a moment and kills whom it concerns. */
  private void kill(int jobsByThen) throws Exception {
    Duration gap = Duration.ofMillis(random.nextLong(size.gap().toMillis() / 4, gapMillis()));
    until(gap, () -> false);
    // So that there is work in hand when it happens
    platform.give(jobsByThen);
    if (moments.isEmpty()) {
      List<Optional<Kind>> all = new ArrayList<>(MOMENTS);
      Collections.shuffle(all, random);
      moments.addAll(all);
    }
    Optional<Kind> moment = moments.pop();
    int delay = random.nextInt(moment.isEmpty() || random.nextInt(3) == 0 ? 2500 : 60);
    if (moment.equals(Optional.of(Kind.REFUSED))) {
      // Late enough that the answer must be on disk
      delay += 2500;
    }
    Optional<String> victim = moment.isPresent() ? next(moment.get()) : Optional.empty();
    List<String> living = workers.living();
    String id = victim.orElse(living.get(random.nextInt(living.size())));
    TimeUnit.MILLISECONDS.sleep(delay);
    if (workers.kill(id)) {
      String when = victim.isPresent() ? moment.get().name() : "ANY";
      ledger.count("kills");
      ledger.count("kills after " + when);
      ledger.tell("kill -9 " + id + ", " + delay + " ms after " + when);
    }
  }

  private long gapMillis() {
    return size.gap().toMillis();
  }

  private Optional<String> next(Kind kind) throws Exception {
    ledger.events().clear();
    long end = System.nanoTime() + MOMENT.toNanos();
    while (System.nanoTime() < end) {
      Event event = ledger.events().poll(100, TimeUnit.MILLISECONDS);
      if (event != null && event.kind() == kind && workers.living().contains(event.worker())) {
        return Optional.of(event.worker());
      }
      look();
    }
    return Optional.empty();
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private boolean until(Duration limit, Condition condition) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(100);
      look();
    }
    return true;
  }

  private void look() throws IOException {
    workers.sweep();
    platform.reap();
  }

  /** Videos and answers in the keep folder. */
  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.walk(keep)) {
      return files.filter(ChaosOracle::isKept).toList();
    }
  }

  /** Ends the workers, whatever else is under way. */
  void abandon() {
    workers.close();
  }

  ChaosLedger ledger() {
    return ledger;
  }

  @Override
  public void close() throws IOException {
    weather.stop();
    workers.close();
    platform.close();
    store.close();
  }
}
