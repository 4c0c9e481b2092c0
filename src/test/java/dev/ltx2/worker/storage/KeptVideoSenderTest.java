package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeGcs.On;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.SmallDisk;
import dev.ltx2.worker.storage.client.ObjectAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kept videos find their way into the bucket without a person. */
@Timeout(60)
class KeptVideoSenderTest {
  private final FakeGcs gcs = FakeGcs.start();
  private final ManualTime time = ManualTime.frozen();
  private final CapturedLogs logs = new CapturedLogs();
  @TempDir Path temp;

  @AfterEach
  void close() {
    gcs.close();
    logs.close();
  }

  private StorageSettings settings(String bucket) {
    return StorageSettings.from(
        Map.of(
            "GCS_BUCKET", bucket,
            "STORAGE_EMULATOR_HOST", gcs.url().toString(),
            "KEEP_DIR", temp.resolve("unsent").toString()));
  }

  private Path keep(String job, Optional<ObjectAddress> address) throws IOException {
    byte[] bytes = new byte[50_000];
    new Random(job.hashCode()).nextBytes(bytes);
    Path video = Files.write(temp.resolve("made-" + job + ".mp4"), bytes);
    KeepFolder folder = new KeepFolder(temp.resolve("unsent"), new Leases(time), time);
    return folder.keep(new Destination(job, "a.mp4", address), video, "GCS upload failed: x");
  }

  private Path keep(String job) throws IOException {
    return keep(job, Optional.of(new ObjectAddress("videos", object(job))));
  }

  private static String object(String job) {
    return "ugc_media/" + job + "/ltx2_videos/a.mp4";
  }

  private KeptVideoSender sender() {
    StorageSettings settings = settings("videos");
    return KeptVideoSender.start(
        new KeptVideos(settings, StoreContract.QUICK, time), settings.keepDir(), time);
  }

  private static void until(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(condition);
  }

  /** Lets time pass while the sender sleeps, until it is so, and no more than that much. */
  private void passUntil(Duration most, Callable<Boolean> condition) {
    long start = time.nanos();
    until(() -> {
      if (condition.call()) {
        return true;
      }
      if (time.sleeps("unsent-videos") && time.since(start).compareTo(most) < 0) {
        time.advance(most.dividedBy(60));
      }
      return false;
    });
  }

  @Test
  void whatWaitsIsSentAtTheStart() throws Exception {
    byte[] first = Files.readAllBytes(keep("first"));
    keep("second");
    try (KeptVideoSender _ = sender()) {
      until(() -> gcs.objects().size() == 2 && nothingIsLeft());
      assertThat(gcs.objects().get(object("first")).content().toByteArray()).isEqualTo(first);
      until(() ->
          logs.lines().stream().anyMatch(line -> line.contains("gs://videos/" + object("second"))));
    }
  }

  private boolean nothingIsLeft() throws IOException {
    try (var files = Files.list(temp.resolve("unsent"))) {
      return files.findAny().isEmpty();
    }
  }

  @Test
  void whatFailedIsTriedAgainAfterMinutesAndHoldsUpNoOther() throws Exception {
    Path failed = keep("first");
    Path damaged = keep("damaged");
    Files.write(damaged, new byte[] {1});
    keep("third");
    gcs.fail(On.START, 403, 1);
    try (KeptVideoSender _ = sender()) {
      until(() -> gcs.objects().containsKey(object("third")));
      assertThat(gcs.objects()).containsOnlyKeys(object("third"));
      assertThat(failed).exists();
      passUntil(Duration.ofMinutes(7), () -> gcs.objects().containsKey(object("first")));
      assertThat(time.since(0)).isGreaterThanOrEqualTo(Duration.ofMinutes(5));
      assertThat(damaged).exists();
      assertThat(logs.lines()).anyMatch(line -> line.contains(damaged + " is damaged"));
    }
  }

  /** Its worker died before it told the client: what the client gets waits for the video. */
  @Test
  void theProofOfAKeptVideoHoldsOnceItIsSent() throws Exception {
    Path video = keep("job");
    ObjectAddress address = new ObjectAddress("videos", object("job"));
    String proof = VideoProofs.Proof.of(address, Checksum.of(video)).text();
    VideoProofs proofs = new VideoProofs(settings("videos"), StoreContract.QUICK, Clock.SYSTEM);
    assertThatThrownBy(() -> proofs.hold(proof))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("still to be sent");
    gcs.fail(On.METADATA, 403, 1);
    assertThatThrownBy(() -> proofs.hold(proof)).hasMessageContaining("403");
    try (KeptVideoSender _ = sender()) {
      until(this::nothingIsLeft);
    }
    assertThat(proofs.hold(proof)).isTrue();
  }

  @Test
  void severalWorkersSendEachVideoOnce() throws Exception {
    for (int i = 0; i < 12; i++) {
      keep("job-" + i);
    }
    try (KeptVideoSender _ = sender();
        KeptVideoSender _ = sender();
        KeptVideoSender _ = sender()) {
      until(() -> gcs.objects().size() == 12 && nothingIsLeft());
    }
    assertThat(gcs.requests()).filteredOn("START"::equals).hasSize(12);
  }

  /** {@code kill -9}: its lease stays, and stands still. */
  @Test
  void whatAKilledWorkerWasSendingIsSentByAnother() throws Exception {
    Path video = keep("job");
    Files.writeString(
        video.resolveSibling("a.mp4.lease"),
        "bde3c9a0-0000-0000-0000-000000000000 0000000000000007\n");
    try (KeptVideoSender _ = sender()) {
      passUntil(Duration.ofSeconds(60), () -> gcs.objects().size() == 1 && nothingIsLeft());
      assertThat(time.since(0)).isGreaterThanOrEqualTo(Duration.ofSeconds(20));
    }
  }

  /** It was killed between the removal of the video and that of its lease. */
  @Test
  void whatAKilledWorkerLeftOfASentVideoGoes() throws Exception {
    Path folder = Files.createDirectories(temp.resolve("unsent/job"));
    Files.writeString(
        folder.resolve("a.mp4.lease"), "bde3c9a0-0000-0000-0000-000000000000 0000000000000007\n");
    try (KeptVideoSender _ = sender()) {
      passUntil(Duration.ofMinutes(12), this::nothingIsLeft);
    }
  }

  /** Its upload was done, and it died before it deleted the video. */
  @Test
  void whatIsThereAlreadyIsASuccess() throws Exception {
    Path video = keep("job");
    gcs.put(object("job"), Files.readAllBytes(video));
    try (KeptVideoSender _ = sender()) {
      until(this::nothingIsLeft);
    }
    assertThat(gcs.objects()).containsOnlyKeys(object("job"));
  }

  @Test
  void aVideoGoesOnlyToTheBucketThatItsClientWasTold() throws Exception {
    Path other = keep("other", Optional.of(new ObjectAddress("elsewhere", "x")));
    keep("unknown", Optional.empty());
    try (KeptVideoSender _ = sender()) {
      until(() -> gcs.objects().containsKey(object("unknown")));
      until(() ->
          logs.lines().stream()
              .anyMatch(line -> line.contains("set GCS_BUCKET=elsewhere to send it")));
      assertThat(gcs.objects()).containsOnlyKeys(object("unknown"));
      assertThat(other).exists();
    }
  }

  @Test
  void aFolderThatIsNearlyFullIsWarnedOfOnce() throws Exception {
    try (SmallDisk _ = SmallDisk.mount(temp.resolve("unsent"), 8);
        KeptVideoSender _ = sender()) {
      until(() -> warnings() == 1);
      keep("job");
      until(() -> {
        time.advance(Duration.ofMinutes(1));
        return gcs.objects().size() == 1;
      });
      assertThat(warnings()).isEqualTo(1);
    }
  }

  private long warnings() {
    return logs.lines().stream().filter(line -> line.contains("KEEP_DIR is nearly full")).count();
  }
}
