package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeGcs.On;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.storage.client.ObjectAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code unsent}: a person sends the videos that wait, one after the other. */
@Timeout(30)
class KeptVideosTest {
  private static final String OBJECT = "ugc_media/job/ltx2_videos/a.mp4";
  private final FakeGcs gcs = FakeGcs.start();
  private final ManualTime time = ManualTime.skipping();
  @TempDir Path temp;

  @AfterEach
  void close() {
    gcs.close();
  }

  private KeptVideos kept(Clock clock, String... more) {
    Map<String, String> environment = new HashMap<>();
    environment.put("GCS_BUCKET", "videos");
    environment.put("STORAGE_EMULATOR_HOST", gcs.url().toString());
    environment.put("KEEP_DIR", temp.resolve("unsent").toString());
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return new KeptVideos(StorageSettings.from(environment), StoreContract.QUICK, clock);
  }

  private Path keep(Optional<ObjectAddress> address) throws IOException {
    Path made = Files.write(temp.resolve("made.mp4"), new byte[] {1, 2, 3});
    return new KeepFolder(temp.resolve("unsent"), new Leases(time), time)
        .keep(new Destination("job", "a.mp4", address), made, "GCS upload failed: x");
  }

  private Path keep() throws IOException {
    return keep(Optional.of(new ObjectAddress("videos", OBJECT)));
  }

  private static Path leaseOf(Path video) {
    return video.resolveSibling(video.getFileName() + ".lease");
  }

  @Test
  void whatFailsStaysAndCanBeSentAgain() throws Exception {
    Path video = keep();
    gcs.fail(On.START, 403, 1);
    try (KeptVideos unsent = kept(Clock.SYSTEM)) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      assertThat(waiting.object()).contains(OBJECT);
      assertThatThrownBy(() -> unsent.send(waiting))
          .isInstanceOf(StorageException.class)
          .hasMessageStartingWith("GCS upload failed: 403, permission denied");
      assertThat(video).hasSize(3);
      assertThat(leaseOf(video)).doesNotExist();
      assertThat(unsent.send(waiting).fileName()).isEqualTo("a.mp4");
    }
    assertThat(temp.resolve("unsent")).isEmptyDirectory();
    assertThat(gcs.objects().get(OBJECT).content().size()).isEqualTo(3);
  }

  /** What is closed claims nothing any more: nobody would renew its lease. */
  @Test
  void afterItsEndItSendsNothing() throws Exception {
    Path video = keep();
    KeptVideos unsent = kept(Clock.SYSTEM);
    KeptVideos.Waiting waiting = unsent.list().getFirst();
    unsent.close();
    assertThatThrownBy(() -> unsent.send(waiting)).hasMessageContaining("leases have ended");
    assertThat(video).exists();
    assertThat(gcs.requests()).isEmpty();
  }

  @Test
  void whatAnotherWorkerHasSentMeanwhileIsNoLongerThere() throws Exception {
    Path video = keep();
    try (KeptVideos unsent = kept(Clock.SYSTEM)) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      Files.delete(video);
      Files.delete(KeptNote.beside(video));
      assertThatThrownBy(() -> unsent.send(waiting))
          .isInstanceOf(StorageException.class)
          .hasMessage(video + " is no longer there");
      assertThat(unsent.list()).isEmpty();
    }
    assertThat(temp.resolve("unsent")).as("its empty folder goes too").isEmptyDirectory();
  }

  /**
   * Sleeps pass at once, uploads take their time; meanwhile another worker renews its lease, if it
   * lives.
   */
  private record Elsewhere(ManualTime time, Optional<Path> lease) implements Clock {
    @Override
    public long nanos() {
      return time.nanos();
    }

    @Override
    public Instant now() {
      return time.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      boolean renews = Thread.currentThread().getName().equals("leases");
      (renews ? Clock.SYSTEM : time).sleep(duration);
      try {
        if (lease.isPresent()) {
          Files.writeString(
              lease.get(), "bde3c9a0-0000-0000-0000-000000000000 %016d%n".formatted(time.nanos()));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
      return Clock.SYSTEM.poll(queue, timeout);
    }
  }

  /** Its lease stands still: that worker is dead. */
  @Test
  void whatADeadWorkerHoldsIsSentWhenItsLeaseIsOver() throws Exception {
    Files.writeString(leaseOf(keep()), "bde3c9a0-0000-0000-0000-000000000000 0000000000000007\n");
    try (KeptVideos unsent = kept(new Elsewhere(time, Optional.empty()))) {
      unsent.send(unsent.list().getFirst());
    }
    assertThat(gcs.objects()).containsOnlyKeys(OBJECT);
    assertThat(time.since(0)).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30));
  }

  @Test
  void whatALiveWorkerIsSendingIsLeftToIt() throws Exception {
    Path video = keep();
    Elsewhere clock = new Elsewhere(time, Optional.of(leaseOf(video)));
    clock.sleep(Duration.ofSeconds(1));
    try (KeptVideos unsent = kept(clock)) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      assertThatThrownBy(() -> unsent.send(waiting))
          .isInstanceOf(StorageException.class)
          .hasMessage("another worker is sending " + video);
    }
    assertThat(video).exists();
    assertThat(gcs.requests()).isEmpty();
  }

  @Test
  void withoutItsBucketAVideoStaysAndSaysWhichOneItNeeds() throws Exception {
    Path video = keep();
    try (KeptVideos unsent = kept(Clock.SYSTEM, "GCS_BUCKET", "")) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      assertThatThrownBy(() -> unsent.send(waiting)).hasMessage("GCS_BUCKET is not set");
    }
    Path other = keep(Optional.of(new ObjectAddress("https://s3.example.com/mine", OBJECT)));
    assertThat(other).isEqualTo(video);
    try (KeptVideos unsent = kept(Clock.SYSTEM)) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      assertThatThrownBy(() -> unsent.send(waiting))
          .hasMessage(
              "its client was told an address in bucket https://s3.example.com/mine and"
                  + " GCS_BUCKET=videos is set; set S3_ENDPOINT and S3_BUCKET of"
                  + " https://s3.example.com/mine to send it");
    }
    assertThat(video).exists();
    assertThat(gcs.requests()).isEmpty();
  }

  /** Kept while no bucket was set. */
  @Test
  void aVideoWithoutAnAddressGetsThatOfTheBucket() throws Exception {
    keep(Optional.empty());
    try (KeptVideos unsent = kept(Clock.SYSTEM)) {
      KeptVideos.Waiting waiting = unsent.list().getFirst();
      assertThat(waiting.object()).isEmpty();
      assertThat(unsent.send(waiting).gcsUrl()).contains("gs://videos/" + OBJECT);
    }
  }

  @Test
  void aFolderThatCannotBeReadIsSaid() throws Exception {
    Files.writeString(temp.resolve("unsent"), "a file in the way");
    try (KeptVideos unsent = kept(Clock.SYSTEM)) {
      assertThatThrownBy(unsent::list)
          .isInstanceOf(StorageException.class)
          .hasMessageStartingWith("KEEP_DIR cannot be read: ");
    }
  }
}
