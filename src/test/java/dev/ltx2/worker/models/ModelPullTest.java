package dev.ltx2.worker.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls over real sockets from a hub that breaks. */
@Timeout(60)
class ModelPullTest {
  private static final int CHUNK = 16 << 10;
  private static final FolderLock.HeartRate QUICK =
      new FolderLock.HeartRate(Duration.ofMillis(20), Duration.ofMillis(400));
  private static final ModelPull.Tuning TUNING =
      new ModelPull.Tuning(4, CHUNK, 8, Duration.ofMillis(1), QUICK);
  private static final PullListener SILENT = new PullListener() {};

  @TempDir private Path dir;

  private static String line(FaultyHub hub, String path, Object size, String sha) {
    return path + " | " + size + " | " + sha + " | " + hub.url(path) + " | licence | purpose";
  }

  private static ModelList list(String... lines) throws ModelsException {
    return ModelList.parse("models.txt", List.of(lines));
  }

  private ModelFolders folders() {
    return new ModelFolders(dir, dir, dir.resolve("cache"));
  }

  private void pull(ModelList list) throws ModelsException, InterruptedException {
    pull(list, Optional.empty(), SILENT);
  }

  private void pull(ModelList list, Optional<Hub.Token> token, PullListener listener)
      throws ModelsException, InterruptedException {
    try (Hub client = new Hub(token, Duration.ofSeconds(5))) {
      new ModelPull(client, TUNING, listener, Clock.SYSTEM).pull(list, folders(), dir, true);
    }
  }

  private void holdsOnly(String... paths) throws IOException {
    try (Stream<Path> each = Files.walk(dir)) {
      assertThat(each.filter(Files::isRegularFile).map(path -> dir.relativize(path).toString()))
          .containsExactlyInAnyOrder(paths);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void rightFilesComeOutOfSeededFaults(int seed) throws Exception {
    boolean ranges = seed % 5 != 0;
    // A server without ranges sends everything again after each of its faults.
    try (FaultyHub hub = new FaultyHub(seed, ranges ? 12 : 6)) {
      byte[] large = hub.random("a/large.bin", 20 * CHUNK + seed);
      byte[] small = hub.random("b/small.bin", 1 + seed * 7);
      hub.ranges = ranges;
      hub.hashes = seed % 3 != 0;
      hub.corrupt.set(seed % 4 == 1 ? 1 : 0);
      ModelList list =
          list(
              line(hub, "a/large.bin", "?", FaultyHub.sha256(large)),
              line(hub, "b/small.bin", small.length, "?"));
      if (seed % 2 == 0) {
        interruptAfter(list, large.length / 3);
      }
      pull(list);
      assertThat(Files.readAllBytes(dir.resolve("a/large.bin"))).isEqualTo(large);
      assertThat(Files.readAllBytes(dir.resolve("b/small.bin"))).isEqualTo(small);
      holdsOnly("a/large.bin", "b/small.bin");
    }
  }

  /** Runs a pull that is killed when so many bytes have come. */
  private void interruptAfter(ModelList list, long bytes) throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    AtomicLong come = new AtomicLong();
    PullListener counting =
        new PullListener() {
          @Override
          public void fetched(ModelFile file, long more) {
            if (come.addAndGet(more) >= bytes) {
              enough.countDown();
            }
          }

          @Override
          public void finished(ModelFile file) {
            enough.countDown();
          }
        };
    Thread puller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                pull(list, Optional.empty(), counting);
              } catch (ModelsException | InterruptedException e) {
                // as wanted
              } finally {
                enough.countDown();
              }
            });
    assertThat(enough.await(30, TimeUnit.SECONDS)).isTrue();
    puller.interrupt();
    puller.join();
  }

  /** Eight connections that break together do not return together, see ExponentialBackOffTest. */
  @Test
  void triesLastForMoreThanAMinute() {
    ExponentialBackOff backOff = ModelPull.Tuning.DEFAULT.backOff();
    Duration all = Duration.ZERO;
    for (int pause = 1; pause < ModelPull.Tuning.DEFAULT.tries(); pause++) {
      Duration next = backOff.next();
      assertThat(next).isLessThanOrEqualTo(Duration.ofSeconds(30));
      all = all.plus(next);
    }
    assertThat(all).isBetween(Duration.ofSeconds(75), Duration.ofSeconds(151));
  }

  @Test
  void aSecondPullFetchesOnlyWhatTheFirstLacked() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      byte[] bytes = hub.random("a/x.bin", 40 * CHUNK);
      ModelList list = list(line(hub, "a/x.bin", bytes.length, FaultyHub.sha256(bytes)));
      interruptAfter(list, 10 * CHUNK);
      long first = hub.served.getAndSet(0);
      pull(list);
      assertThat(Files.readAllBytes(dir.resolve("a/x.bin"))).isEqualTo(bytes);
      // Four connections each lose the chunk they were at, and what the server sent ahead.
      assertThat(first + hub.served.get()).isLessThan(bytes.length + 12L * CHUNK);
      hub.served.set(0);
      pull(list);
      assertThat(hub.served).hasValue(0);
    }
  }

  @Test
  void theTokenIsForTheHubAlone() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 3 * CHUNK);
      Hub.Token token = new Hub.Token(hub.host(), "hf_secret");
      pull(list(line(hub, "a/x.bin", "?", "?")), Optional.of(token), SILENT);
      assertThat(hub.tokensAtHub).isNotEmpty().containsOnly("Bearer hf_secret");
      assertThat(hub.tokensAtStorage).isEmpty();
      assertThat(token.toString()).doesNotContain("hf_secret");
    }
  }

  @Test
  void aTokenForAnotherHostIsNotSent() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 10);
      Hub.Token token = new Hub.Token("huggingface.co", "hf_secret");
      pull(list(line(hub, "a/x.bin", "?", "?")), Optional.of(token), SILENT);
      assertThat(hub.tokensAtHub).isEmpty();
    }
  }

  @Test
  void aWrongContentTwiceIsAnErrorAndLeavesNothing() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      byte[] bytes = hub.random("a/x.bin", 3 * CHUNK);
      hub.corrupt.set(100);
      ModelList list = list(line(hub, "a/x.bin", "?", FaultyHub.sha256(bytes)));
      assertThatThrownBy(() -> pull(list))
          .isInstanceOf(ModelsException.class)
          .hasMessageStartingWith("a/x.bin: 127.0.0.1:")
          .hasMessageContaining(
              " has another file of this name (it came twice so, its SHA-256 is ");
      holdsOnly();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "7 ; ? ; has another file of this name (100 bytes, the list says 7)",
        "100 ; 00000000000000000000000000000000000000000000000000000000000000ff ;"
            + " has another file of this name (its SHA-256 is ",
      })
  void aServerThatDisagreesWithTheListIsRefused(String size, String sha, String message)
      throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 100);
      ModelList list = list(line(hub, "a/x.bin", size, sha));
      assertThatThrownBy(() -> pull(list)).hasMessageContaining(message);
      holdsOnly();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401, set HF_TOKEN",
    "403, set HF_TOKEN",
    "404, answered 404",
    "503, answered 503",
    "302, redirects"
  })
  void refusalsNameTheFileAndTheRemedy(int status, String message) throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 100);
      hub.hubStatus = status;
      ModelList list = list(line(hub, "a/x.bin", "?", "?"));
      if (status == 302) {
        hub.files.clear();
        message = "answered 404";
      }
      assertThatThrownBy(() -> pull(list))
          .isInstanceOf(ModelsException.class)
          .hasMessageContaining("a/x.bin")
          .hasMessageContaining(message);
    }
  }

  /** It is asked for two minutes, in which a terminal would show nothing. */
  @Test
  void aHubThatIsNotReachedIsToldAtTheFirstTry() throws Exception {
    try (CapturedLogs logs = new CapturedLogs(Level.WARN)) {
      ModelList list = list("a/x.bin | ? | ? | http://127.0.0.1:1/a/x.bin | licence | purpose");
      assertThatThrownBy(() -> pull(list))
          .isInstanceOf(ModelsException.class)
          .hasMessage("a/x.bin: 127.0.0.1: Failed to connect to /127.0.0.1:1");
      assertThat(logs.lines())
          .containsExactly(
              "Asking 127.0.0.1 again, 7 times at most: Failed to connect to /127.0.0.1:1");
    }
  }

  /** A repository behind consent is named with its page, before a byte of any file is asked for. */
  @Test
  void gatedRepositoriesAreNamedWithTheirPageFirst() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 100);
      String gated = line(hub, "b/y.bin", "?", "?").replace("licence", "Community License (gated)");
      ModelList list = list(line(hub, "a/x.bin", "?", "?"), gated);
      assertThatThrownBy(() -> pull(list))
          .isInstanceOf(ModelsException.class)
          .hasMessage(
              "these models are gated: accept the terms on %s, then set HF_TOKEN to a token of that"
                  + " account",
              "http://" + hub.host() + "/org/repo");
      holdsOnly();
    }
  }

  /** The same list, fetched from a mirror that has the hub's paths. */
  @Test
  void aMirrorTakesTheHubsPlace() throws Exception {
    try (FaultyHub mirror = new FaultyHub(0, 0)) {
      byte[] bytes = mirror.random("a/x.bin", 100);
      ModelList list =
          list("a/x.bin | 100 | ? | https://h.invalid/org/repo/resolve/main/a/x.bin | l | p");
      pull(list.on(URI.create("http://" + mirror.host() + "/")));
      assertThat(Files.readAllBytes(dir.resolve("a/x.bin"))).isEqualTo(bytes);
    }
  }

  @Test
  void diskSpaceIsCheckedFirst() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 100);
      hub.claimedSize = 900_000_000_000_000L;
      ModelList list = list(line(hub, "a/x.bin", "?", "?"));
      assertThatThrownBy(() -> pull(list))
          .hasMessageContaining("the missing models need 900000.0 GB")
          .hasMessageContaining("--dir");
      holdsOnly();
    }
  }

  @Test
  void workersThatShareAVolumeFetchOnce() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      byte[] bytes = hub.random("a/x.bin", 30 * CHUNK);
      ModelList list = list(line(hub, "a/x.bin", bytes.length, "?"));
      List<Future<Void>> ends =
          threads.invokeAll(
              java.util.Collections.nCopies(
                  4,
                  () -> {
                    pull(list);
                    return null;
                  }));
      for (Future<Void> end : ends) {
        end.get();
      }
      assertThat(hub.served.get()).isLessThan(bytes.length + 10);
      holdsOnly("a/x.bin");
    }
  }

  @Test
  void aDeadWorkersLockIsTakenOver() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      hub.random("a/x.bin", 10);
      Files.writeString(dir.resolve(FolderLock.NAME), "somebody 17");
      pull(list(line(hub, "a/x.bin", "10", "?")));
      holdsOnly("a/x.bin");
    }
  }

  @Test
  void aDeadWorkersLockIsWaitedForFirst() throws Exception {
    ManualTime time = ManualTime.skipping();
    Files.writeString(dir.resolve(FolderLock.NAME), "somebody 17");
    FolderLock.take(dir, QUICK, time).close();
    assertThat(Duration.ofNanos(time.nanos())).isGreaterThan(QUICK.stale());
    holdsOnly();
  }

  @Test
  void aLivingWorkersLockIsNot() throws Exception {
    Thread waiter;
    try (FolderLock _ = FolderLock.take(dir, QUICK, Clock.SYSTEM)) {
      waiter =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  FolderLock.take(dir, QUICK, Clock.SYSTEM).close();
                } catch (IOException | InterruptedException e) {
                  // seen by the assertion below: the thread has ended
                }
              });
      assertThat(waiter.join(QUICK.stale().multipliedBy(3))).isFalse();
    }
    assertThat(waiter.join(Duration.ofSeconds(20))).isTrue();
    holdsOnly();
  }

  @Test
  void whoLostTheLockStops() throws Exception {
    try (FolderLock held = FolderLock.take(dir, QUICK, Clock.SYSTEM)) {
      Files.writeString(dir.resolve(FolderLock.NAME), "another 1", StandardCharsets.UTF_8);
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () -> assertThatThrownBy(held::check).hasMessageContaining("lost to another worker"));
    }
    assertThat(dir.resolve(FolderLock.NAME)).hasContent("another 1");
  }
}
