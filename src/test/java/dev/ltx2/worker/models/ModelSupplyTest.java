package dev.ltx2.worker.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** A start without models, over real sockets. */
@Timeout(60)
@ResourceLock(Resources.GLOBAL)
class ModelSupplyTest {
  private static final int CHUNK = 16 << 10;
  private static final ModelPull.Tuning TUNING =
      new ModelPull.Tuning(
          4,
          CHUNK,
          6, // more than a hub has faults
          Duration.ofMillis(1),
          // Nobody dies here, and a slow machine's heart may skip a beat.
          new FolderLock.HeartRate(Duration.ofMillis(20), Duration.ofSeconds(30)));

  @TempDir private Path dir;
  private ModelFolders folders;

  @BeforeEach
  void comfyUi() throws IOException {
    folders = ModelFolders.of(dir.resolve("volume"), dir.resolve("comfyui"));
    Files.createDirectory(dir.resolve("comfyui"));
  }

  private static String line(FaultyHub hub, String path, byte[] bytes) {
    String sha = FaultyHub.sha256(bytes);
    return "%s | %d | %s | %s | licence | purpose"
        .formatted(path, bytes.length, sha, hub.url(path));
  }

  private ModelSupply supply(long reserve, Clock time, String... lines) throws ModelsException {
    ModelList list = ModelList.parse("models.txt", List.of(lines));
    return new ModelSupply(list, folders, reserve, TUNING, time);
  }

  private static void complete(ModelSupply supply) throws ModelsException, InterruptedException {
    try (Hub client = new Hub(Optional.empty(), Duration.ofSeconds(5))) {
      supply.complete(client);
    }
  }

  @Test
  void whatIsMissingComesAndTheSecondStartAsksNobody() throws Exception {
    try (FaultyHub hub = new FaultyHub(3, 5);
        CapturedLogs logs = new CapturedLogs(Level.INFO)) {
      byte[] large = hub.random("loras/large.bin", 60 * CHUNK);
      byte[] small = hub.random("vae/small.bin", 100);
      ModelSupply supply =
          supply(
              0,
              Clock.SYSTEM,
              line(hub, "loras/large.bin", large),
              line(hub, "vae/small.bin", small));
      assertThat(supply.missing()).hasSize(2);
      complete(supply);
      assertThat(dir.resolve("comfyui/models/loras/large.bin")).hasBinaryContent(large);
      assertThat(dir.resolve("comfyui/models/vae/small.bin")).hasBinaryContent(small);
      assertThat(logs.lines())
          .anyMatch(line -> line.startsWith("Fetching 2 model files, 0.0 GB, into " + dir))
          .anyMatch(line -> line.startsWith("Fetching models: 5 %, "))
          .anyMatch(line -> line.startsWith("Fetching models: 95 %, "))
          .anyMatch(line -> line.matches("All models are there after [0-9.]+ s; .* 0.0 GB"));
      assertThat(logs.lines().stream().filter(line -> line.startsWith("Fetching models:")))
          .hasSizeLessThan(30);

      hub.hubStatus = 500; // now it could not even be asked
      assertThat(supply.missing()).isEmpty();
      complete(supply);
    }
  }

  /** A volume comes first, but the platform's model cache makes a folder of that name too. */
  @Test
  void aVolumeIsFilledBeforeTheContainer() throws Exception {
    Files.createDirectory(dir.resolve("volume"));
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      byte[] bytes = hub.random("vae/x.bin", 10);
      complete(supply(0, Clock.SYSTEM, line(hub, "vae/x.bin", bytes)));
      assertThat(dir.resolve("volume/models/vae/x.bin")).exists();
      assertThat(dir.resolve("comfyui/models")).doesNotExist();
    }
  }

  @Test
  void withoutRoomNothingIsAskedForAndBytesAreNamed() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      byte[] bytes = hub.random("vae/x.bin", 10 * CHUNK);
      ModelSupply supply = supply(1L << 60, Clock.SYSTEM, line(hub, "vae/x.bin", bytes));
      assertThatThrownBy(() -> complete(supply))
          .isInstanceOf(ModelsException.class)
          .hasMessageContaining("there is no " + dir.resolve("volume"))
          .hasMessageMatching(
              ".*comfyui/models has [0-9.]+ GB \\([0-9]+ bytes\\) free and 1152921504\\.6 GB"
                  + " \\(1152921504607010816 bytes\\) are needed \\(0\\.0 GB of models, and"
                  + " 1152921504\\.6 GB for jobs, MIN_FREE_DISK\\).*")
          .hasMessageEndingWith("Attach a network volume, or make the container disk larger");
      assertThat(hub.served).hasValue(0);
    }
  }

  @Test
  void workersOnOneVolumeFetchOnce() throws Exception {
    Files.createDirectory(dir.resolve("volume"));
    try (FaultyHub hub = new FaultyHub(0, 0);
        CapturedLogs logs = new CapturedLogs(Level.INFO);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      byte[] bytes = hub.random("vae/x.bin", 30 * CHUNK);
      String line = line(hub, "vae/x.bin", bytes);
      List<Future<Void>> ends =
          threads.invokeAll(
              Collections.nCopies(
                  4,
                  () -> {
                    complete(supply(0, Clock.SYSTEM, line));
                    return null;
                  }));
      for (Future<Void> end : ends) {
        end.get();
      }
      assertThat(hub.served.get()).isLessThan(bytes.length + 10);
      assertThat(logs.lines())
          .anyMatch(said -> said.startsWith("Waiting for another worker that fetches models"));
    }
  }

  @Test
  void whatNobodyServesIsNamed() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0)) {
      byte[] bytes = hub.random("vae/x.bin", 10);
      hub.hubStatus = 401;
      ModelSupply supply = supply(0, Clock.SYSTEM, line(hub, "vae/x.bin", bytes));
      assertThatThrownBy(() -> complete(supply))
          .isInstanceOf(ModelsException.class)
          .hasMessageContaining("vae/x.bin")
          .hasMessageContaining("set HF_TOKEN");
      assertThat(supply.missing()).hasSize(1);
    }
  }

  /** Every twentieth, or ten seconds in which bytes came; an hour of silence says nothing. */
  @Test
  void linesComeAtTwentiethsAndAfterTenSeconds() throws Exception {
    ManualTime time = ManualTime.frozen();
    ModelFile file =
        ModelList.parse("m", List.of("vae/x | 1000000000 | ? | http://127.0.0.1/x | l | p"))
            .files()
            .getFirst();
    assertThat(file.size()).isEqualTo(OptionalLong.of(1_000_000_000));
    try (CapturedLogs logs = new CapturedLogs(Level.INFO)) {
      PullLog log = new PullLog(List.of(file), dir, time);
      List<String> lines = new ArrayList<>();
      log.started(file, 200_000_000, 1_000_000_000);
      time.advance(Duration.ofSeconds(1));
      log.fetched(file, 50_000_000);
      lines.add("Fetching models: 25 %, 0.3 GB of 1.0 GB at 50 MB/s, time left 15 s");
      time.advance(Duration.ofSeconds(9));
      log.fetched(file, 10_000_000);
      time.advance(Duration.ofSeconds(1));
      log.fetched(file, 10_000_000);
      lines.add("Fetching models: 27 %, 0.3 GB of 1.0 GB at 6 MB/s, time left 115 s");
      log.fetched(file, -70_000_000);
      log.fetched(file, 10_000_000);
      assertThat(logs.lines().stream().filter(line -> line.startsWith("Fetching models")))
          .containsExactlyElementsOf(lines);
    }
  }
}
