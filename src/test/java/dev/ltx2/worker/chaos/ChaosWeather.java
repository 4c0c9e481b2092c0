package dev.ltx2.worker.chaos;

import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeGcs.On;
import dev.ltx2.worker.fakes.FakeRunPod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Outages of the platform, the store and the disk, each on a thread of its own. */
final class ChaosWeather {
  /** Below this a worker takes no job; the small disk has more, an ordinary one much more. */
  private static final String FLOOR = "30000000";

  private static final String MORE_THAN_ANY_DISK = "1000000000000000";

  private final ChaosPlatform platform;
  private final FakeGcs store;
  private final Optional<ChaosDisk> disk;
  private final boolean scarce;
  private final Duration longest;
  private final long seed;
  private final ChaosLedger ledger;
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final Deque<Integer> platformDeck = new ArrayDeque<>();
  private final Deque<Integer> storeDeck = new ArrayDeque<>();
  private volatile boolean diskFailed;
  private volatile boolean diskShort;

  ChaosWeather(
      ChaosPlatform platform,
      FakeGcs store,
      Optional<ChaosDisk> disk,
      ChaosRun.Size size,
      long seed,
      ChaosLedger ledger) {
    this.platform = platform;
    this.store = store;
    this.disk = disk;
    this.scarce = size.disk();
    this.longest = size.outage();
    this.seed = seed;
    this.ledger = ledger;
  }

  private interface Fronts {
    /** Begins one; says what it is. */
    String begin(Random random, Duration length) throws IOException;
  }

  private interface Calm {
    void begin() throws IOException;
  }

  void start() {
    weather("platform", 2, this::platform, platform::back);
    weather("store", 2, this::store, () -> store.always(_ -> Optional.empty()));
    if (disk.isPresent()) {
      weather("disk", 5, (random, _) -> fill(disk.get(), random), disk.get()::free);
    } else if (scarce) {
      weather("disk", 5, (_, _) -> shortage(true), () -> shortage(false));
    }
  }

  /** Tells all outages to end. */
  void stop() {
    end.countDown();
  }

  /** Ends all outages, and waits for that. */
  void end() throws InterruptedException {
    stop();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Whether a disk was ever full. */
  boolean diskFailed() {
    return diskFailed;
  }

  /** What a worker that starts now is told. */
  String minFreeDisk() {
    return diskShort ? MORE_THAN_ANY_DISK : FLOOR;
  }

  private String shortage(boolean begins) {
    diskShort = begins;
    return "disk too small for the workers that start";
  }

  /** Outages with calms between them that are so many times as long, in the mean. */
  private void weather(String what, int calms, Fronts fronts, Calm calm) {
    Random random = new Random(seed * 31 + what.hashCode());
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name("weather-" + what)
            .start(() -> {
              try {
                while (!ended(random, calms)) {
                  Duration length = random(random, 1);
                  String front = fronts.begin(random, length);
                  ledger.count("outages: " + front);
                  ledger.tell("%s for %.1f s".formatted(front, length.toMillis() / 1000.0));
                  end.await(length.toMillis(), TimeUnit.MILLISECONDS);
                  calm.begin();
                }
              } catch (IOException e) {
                ledger.tell("the weather ended: " + e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
  }

  private boolean ended(Random random, int calms) throws InterruptedException {
    return end.await(random(random, calms).toMillis(), TimeUnit.MILLISECONDS);
  }

  private Duration random(Random random, int times) {
    return Duration.ofMillis(random.nextLong(longest.toMillis() / 6, longest.toMillis()) * times);
  }

  /** Each once before any comes again. */
  private static int draw(Deque<Integer> deck, Random random) {
    if (deck.isEmpty()) {
      List<Integer> all = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
      Collections.shuffle(all, random);
      deck.addAll(all);
    }
    return deck.pop();
  }

  private String platform(Random random, Duration length) throws IOException {
    var none = new FakeRunPod.Fault.Drop();
    return switch (draw(platformDeck, random)) {
      case 0 -> platform("platform gone", none, none);
      case 1 -> platform("platform 503", status(503), status(503));
      case 2 -> platform("platform 401", status(401), status(401));
      case 3 -> platform("platform answers 302", status(503), status(302));
      case 4 ->
          platform(
              "platform silent",
              new FakeRunPod.Fault.Late(length),
              new FakeRunPod.Fault.Late(length));
      default -> platform("platform's answers lost", none, new FakeRunPod.Fault.LostAnswer());
    };
  }

  private String platform(String what, FakeRunPod.Fault polls, FakeRunPod.Fault posts)
      throws IOException {
    platform.away(polls, posts);
    return what;
  }

  private static FakeRunPod.Fault status(int code) {
    return new FakeRunPod.Fault.Status(code);
  }

  private String store(Random random, Duration length) {
    return switch (draw(storeDeck, random)) {
      case 0 -> store("store 503", new FakeGcs.Fault.Status(503), true);
      case 1, 2, 3 -> store("store 403", new FakeGcs.Fault.Status(403), true);
      case 4 -> store("store gone", new FakeGcs.Fault.ResetAfter(0), true);
      default -> store("store's answers lost", new FakeGcs.Fault.LostAnswer(), false);
    };
  }

  private String store(String what, FakeGcs.Fault fault, boolean all) {
    store.always(on -> all || on == On.CHUNK ? Optional.of(fault) : Optional.empty());
    return what;
  }

  private String fill(ChaosDisk small, Random random) throws IOException {
    diskFailed = true;
    long left = random.nextBoolean() ? 0 : random.nextInt(2_000_000);
    small.fill(left);
    return left == 0 ? "disk full" : "disk nearly full";
  }
}
