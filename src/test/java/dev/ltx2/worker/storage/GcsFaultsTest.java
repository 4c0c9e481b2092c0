package dev.ltx2.worker.storage;

import static dev.ltx2.worker.storage.StoreContract.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeGcs.Fault;
import dev.ltx2.worker.fakes.FakeGcs.On;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the video ends up when the storage misbehaves. */
class GcsFaultsTest {
  private static final String OBJECT = "ugc_media/job/ltx2_videos/a.mp4";
  private static final String UPLOADED_URL = "https://storage.googleapis.com/videos/" + OBJECT;
  private static final Stored UPLOADED =
      new Stored.Uploaded(
          UPLOADED_URL, Optional.of("gs://videos/" + OBJECT), "a.mp4", Optional.empty());
  private static final int TOO_BIG_FOR_AN_ANSWER = 7_500_000;
  private final FakeGcs gcs = FakeGcs.start();
  private final CapturedLogs logs = new CapturedLogs();
  @TempDir Path temp;

  @AfterEach
  void noSecretInAnyLine() {
    gcs.close();
    logs.close();
    assertThat(logs.lines()).noneMatch(line -> line.contains("secret-session"));
  }

  private StorageSettings settings() {
    return StorageSettings.from(
        Map.of(
            "GCS_BUCKET", "videos",
            "STORAGE_EMULATOR_HOST", gcs.url().toString(),
            "KEEP_DIR", temp.resolve("unsent").toString()));
  }

  private VideoStore store(UploadTimeouts patience, Clock time) {
    return StoreContract.store(
        new Uploader(settings().bucket().orElseThrow(), patience, time),
        temp.resolve("unsent"),
        time);
  }

  private VideoStore store() {
    return store(StoreContract.QUICK, Clock.SYSTEM);
  }

  private Path video(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(temp.resolve("work-" + size + ".mp4"), bytes);
  }

  private void assertInBucket(Path video) throws IOException {
    assertThat(gcs.objects().get(OBJECT).content().toByteArray())
        .isEqualTo(Files.readAllBytes(video));
    assertThat(temp.resolve("unsent")).doesNotExist();
  }

  static Stream<Arguments> faultsThatPass() {
    List<Arguments> all = new ArrayList<>();
    for (int code : new int[] {408, 429, 500, 502, 503, 504}) {
      all.add(arguments(On.START, new Fault.Status(code)));
      all.add(arguments(On.CHUNK, new Fault.Status(code)));
    }
    all.add(arguments(On.START, new Fault.ResetAfter(0)));
    all.add(arguments(On.START, new Fault.Silence()));
    all.add(arguments(On.CHUNK, new Fault.ResetAfter(0)));
    all.add(arguments(On.CHUNK, new Fault.ResetAfter(1_500_000)));
    all.add(arguments(On.CHUNK, new Fault.LostAnswer()));
    all.add(arguments(On.CHUNK, new Fault.Silence()));
    all.add(arguments(On.CHUNK, new Fault.Status(404)));
    all.add(arguments(On.CHUNK, new Fault.Status(410)));
    // Of a later request of an upload they speak of its session alone
    all.add(arguments(On.CHUNK, new Fault.Status(400)));
    all.add(arguments(On.CHUNK, new Fault.Status(401)));
    all.add(arguments(On.CHUNK, new Fault.Status(499)));
    // How Google's own test bench tells of a checksum that differs
    all.add(arguments(On.CHUNK, new Fault.Status(412)));
    all.add(arguments(On.CHUNK, new Fault.WrongSize()));
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("faultsThatPass")
  void survivesAPassingFault(On on, Fault fault) throws Exception {
    Path video = video(2_000_000);
    gcs.fail(on, fault);
    UploadTimeouts impatient =
        new UploadTimeouts(
            Duration.ofSeconds(20),
            Duration.ofSeconds(1),
            Duration.ofMillis(400),
            Duration.ofMillis(2),
            Duration.ofMillis(20),
            12);
    assertThat(put(store(impatient, Clock.SYSTEM), "job", video)).isEqualTo(UPLOADED);
    assertThat(gcs.pending()).isZero();
    assertInBucket(video);
    assertThat(gcs.objects().get(OBJECT).contentType()).isEqualTo("video/mp4");
    assertThat(gcs.objects().get(OBJECT).cacheControl()).contains("immutable");
  }

  @Test
  void resumesWhereTheConnectionBroke() throws Exception {
    Path video = video(9_000_000);
    gcs.fail(On.CHUNK, new Fault.ResetAfter(3_000_000));
    put(store(), "job", video);
    assertInBucket(video);
    assertThat(gcs.requests()).startsWith("START", "CHUNK", "QUERY", "CHUNK");
    assertThat(gcs.requests()).containsOnlyOnce("START");
  }

  @Test
  void aCorruptObjectIsTakenAwayAndSentAgain() throws Exception {
    Path video = video(100_000);
    gcs.fail(On.CHUNK, new Fault.WrongChecksum());
    assertThat(put(store(), "job", video)).isEqualTo(UPLOADED);
    assertInBucket(video);
    assertThat(gcs.requests()).containsExactly("START", "CHUNK", "DELETE", "START", "CHUNK");
  }

  @ParameterizedTest
  @CsvSource({
    "403,'403, permission denied: the credentials need storage.objects.create on bucket videos'",
    "401,'401, the credentials were refused'",
    "404,'404, bucket videos does not exist'",
    "400,'Google Cloud Storage answered 400'"
  })
  void aLastingFaultPutsTheVideoIntoTheAnswer(int code, String words) throws Exception {
    Path video = video(100_000);
    gcs.fail(On.START, code, 1);
    assertThat(put(store(), "job", video))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: " + words));
    assertThat(gcs.requests()).containsExactly("START"); // asking again would not help
    assertThat(gcs.objects()).isEmpty();
  }

  @Test
  void givesUpWhileTheStorageIsDown() throws Exception {
    Path video = video(100_000);
    gcs.fail(On.START, 503, 100);
    assertThat(put(store(), "job", video))
        .isEqualTo(
            new Stored.Inline(video, "GCS upload failed: Google Cloud Storage answered 503"));
    assertThat(gcs.requests()).hasSize(12);
  }

  @Test
  void aSessionThatIsAlwaysLostEnds() throws Exception {
    Path video = video(100_000);
    gcs.fail(On.CHUNK, 410, 100);
    assertThat(put(store(), "job", video))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: 410, the upload session was lost"));
    assertThat(gcs.requests()).filteredOn("START"::equals).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "400,'Google Cloud Storage answered 400'",
    "401,'401, the credentials were refused'",
    "412,'412, what arrived has another checksum than what was sent'",
    "499,'499, the upload session was lost'"
  })
  void everySessionIsRefused(int code, String words) throws Exception {
    Path video = video(100_000);
    gcs.fail(On.CHUNK, code, 100);
    assertThat(put(store(), "job", video))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: " + words));
    assertThat(gcs.requests()).filteredOn("START"::equals).hasSize(3);
  }

  /** As a token that runs out, or a proxy that gives up, in the middle of an upload. */
  @ParameterizedTest
  @ValueSource(ints = {400, 401, 499})
  void aSessionLostAtALaterChunkIsBegunAfresh(int code) throws Exception {
    Path video = video(9_000_000);
    gcs.fail(On.CHUNK, new Fault.ResetAfter(3_000_000));
    gcs.fail(On.CHUNK, code, 1);
    assertThat(put(store(), "job", video)).isEqualTo(UPLOADED);
    assertThat(gcs.requests()).filteredOn("START"::equals).hasSize(2);
    assertInBucket(video);
  }

  @Test
  void anObjectOfOtherContentIsNotTriedAgain() throws Exception {
    gcs.put(OBJECT, new byte[] {1});
    assertThat(put(store(), "job", video(100_000)))
        .isInstanceOfSatisfying(
            Stored.Inline.class,
            inline ->
                assertThat(inline.storeError()).contains("with other content exists already"));
    assertThat(gcs.requests()).containsExactly("START", "METADATA");
  }

  @Test
  void nobodyListening() throws Exception {
    String closed;
    try (ServerSocket port = new ServerSocket(0)) {
      closed = "127.0.0.1:" + port.getLocalPort();
    }
    StorageSettings settings =
        StorageSettings.from(Map.of("GCS_BUCKET", "videos", "STORAGE_EMULATOR_HOST", closed));
    Path video = video(1000);
    VideoStore store =
        StoreContract.store(
            new Uploader(settings.bucket().orElseThrow(), StoreContract.QUICK, Clock.SYSTEM),
            temp.resolve("unsent"),
            Clock.SYSTEM);
    assertThat(put(store, "job", video))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: connection refused"));
  }

  @Test
  void tooBigForTheAnswerIsKept() throws Exception {
    Path video = video(TOO_BIG_FOR_AN_ANSWER);
    gcs.fail(On.START, 403, 1);
    StorageException failure =
        catchThrowableOfType(StorageException.class, () -> put(store(), "job", video));
    Path kept = temp.resolve("unsent/job/a.mp4");
    assertThat(failure)
        .hasMessageStartingWith("GCS upload failed: 403, permission denied")
        .hasMessageEndingWith(
            "; the video of 7.5 MB is too big for the answer; it is kept at %s and will be at %s"
                .formatted(kept, UPLOADED_URL));
    assertThat(kept).hasSameBinaryContentAs(video);
    assertThat(temp.resolve("unsent/job/a.mp4.json")).content().contains(OBJECT, "\"job\"", "403");

    KeptVideos unsent = KeptVideos.of(settings());
    assertThat(unsent.list())
        .singleElement()
        .satisfies(waiting -> {
          assertThat(waiting.jobId()).isEqualTo("job");
          assertThat(waiting.size()).isEqualTo(TOO_BIG_FOR_AN_ANSWER);
          assertThat(waiting.why()).startsWith("GCS upload failed: 403");
        });
    assertThat(unsent.send(unsent.list().getFirst())).isEqualTo(UPLOADED);
    assertThat(temp.resolve("unsent")).isEmptyDirectory();
    assertThat(gcs.objects().get(OBJECT).content().toByteArray())
        .isEqualTo(Files.readAllBytes(video));
  }

  @Test
  void aSyncJobsAnswerTakesMore() throws Exception {
    Path video = video(TOO_BIG_FOR_AN_ANSWER);
    gcs.fail(On.START, 403, 1);
    assertThat(put(store(), "sync-1f-e1", video)).isInstanceOf(Stored.Inline.class);
  }

  @ParameterizedTest
  @CsvSource({"a,7450848,true", "a,7450849,false", "sync-a,14950848,true", "sync-a,14950849,false"})
  void measuresTheEncodedAnswer(String id, long size, boolean fits) {
    assertThat(Fallback.fitsAnswer(id, size)).isEqualTo(fits);
  }

  @Test
  void aVideoThatKeepDirDoesNotTakeStaysBesideTheTemporaryFiles() throws Exception {
    Files.writeString(temp.resolve("unsent"), "a file in the way");
    Path video = video(TOO_BIG_FOR_AN_ANSWER);
    gcs.fail(On.START, 403, 1);
    Path kept = temp.resolve("last-resort/job/a.mp4");
    assertThatThrownBy(() -> put(store(), "job", video))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("GCS upload failed: 403")
        .hasMessageContaining("it is kept at " + kept);
    assertThat(kept).hasSameBinaryContentAs(video);
  }

  @Test
  void aVideoThatNoFolderTakesIsSaid() throws Exception {
    Files.writeString(temp.resolve("unsent"), "a file in the way");
    Files.writeString(temp.resolve("last-resort"), "another one");
    Path video = video(TOO_BIG_FOR_AN_ANSWER);
    gcs.fail(On.START, 403, 1);
    assertThatThrownBy(() -> put(store(), "job", video))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("GCS upload failed: 403")
        .hasMessageContaining("could not be kept either");
  }

  @Test
  void theWholeDeadlineHolds() throws Exception {
    Path video = video(1000);
    gcs.fail(On.CHUNK, new Fault.Silence());
    ManualTime time = ManualTime.frozen();
    CompletableFuture<Stored> stored = storing(UploadTimeouts.UPLOAD, time, video);
    Awaitility.await().until(() -> gcs.requests().contains("CHUNK"));
    time.advance(Duration.ofSeconds(119));
    assertThat(stored).isNotDone();
    time.advance(Duration.ofSeconds(2));
    assertThat(stored)
        .succeedsWithin(Duration.ofSeconds(5))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: not done within 120 s"));
  }

  @Test
  void theDeadlineTellsWhatItWaitedFor() throws Exception {
    Path video = video(1000);
    gcs.fail(On.CHUNK, 503, 3);
    gcs.fail(On.CHUNK, new Fault.Silence());
    UploadTimeouts patience =
        new UploadTimeouts(
            Duration.ofSeconds(120),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            0);
    ManualTime time = ManualTime.frozen();
    CompletableFuture<Stored> stored = storing(patience, time, video);
    Awaitility.await().until(() -> gcs.pending() == 0);
    time.advance(Duration.ofSeconds(121));
    assertThat(stored)
        .succeedsWithin(Duration.ofSeconds(5))
        .isEqualTo(
            new Stored.Inline(
                video,
                "GCS upload failed: not done within 120 s; last: Google Cloud Storage answered"
                    + " 503"));
    assertThat(logs.lines()).filteredOn(line -> line.contains("as long as an upload")).hasSize(1);
  }

  /** A client serves many jobs, and what one met explains no other's failure. */
  @Test
  void theDeadlineTellsNothingOfAnEarlierUpload() throws Exception {
    ManualTime time = ManualTime.frozen();
    VideoStore store = store(UploadTimeouts.UPLOAD, time);
    gcs.fail(On.START, 503, 1);
    assertThat(put(store, "first", video(1000))).isInstanceOf(Stored.Uploaded.class);
    gcs.fail(On.CHUNK, new Fault.Silence());
    Path video = video(1001);
    CompletableFuture<Stored> stored = storing(store, video);
    Awaitility.await().until(() -> gcs.pending() == 0);
    time.advance(Duration.ofSeconds(121));
    assertThat(stored)
        .succeedsWithin(Duration.ofSeconds(5))
        .isEqualTo(new Stored.Inline(video, "GCS upload failed: not done within 120 s"));
  }

  private CompletableFuture<Stored> storing(UploadTimeouts patience, Clock time, Path video) {
    return storing(store(patience, time), video);
  }

  private static CompletableFuture<Stored> storing(VideoStore store, Path video) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return put(store, "job", video);
      } catch (StorageException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Test
  void anInterruptEndsTheUpload() throws Exception {
    Path video = video(1000);
    gcs.fail(On.CHUNK, new Fault.Silence());
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread job =
        Thread.ofVirtual()
            .start(() -> {
              try {
                put(store(UploadTimeouts.UPLOAD, Clock.SYSTEM), "job", video);
              } catch (StorageException | InterruptedException e) {
                thrown.complete(e);
              }
            });
    Awaitility.await().until(() -> gcs.requests().contains("CHUNK"));
    job.interrupt();
    assertThat(thrown)
        .succeedsWithin(Duration.ofSeconds(5))
        .isInstanceOf(InterruptedException.class);
    assertThat(gcs.requests()).containsExactly("START", "CHUNK");
  }

  @Test
  void aHundredUploadsWithSeededFaultsLoseNone() throws Exception {
    Random random = new Random(4);
    VideoStore store =
        store(
            new UploadTimeouts(
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                Duration.ofMillis(300),
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                5),
            Clock.SYSTEM);
    Map<Class<?>, Integer> ends = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      boolean big = random.nextInt(10) == 0;
      Path video = video(big ? TOO_BIG_FOR_AN_ANSWER + i : 1 + random.nextInt(600_000));
      gcs.clearFaults();
      for (int n = random.nextInt(9); n > 0; n--) {
        On on = random.nextBoolean() ? On.START : On.CHUNK;
        gcs.fail(on, fault(random));
      }
      String object = "ugc_media/job-" + i + "/ltx2_videos/a.mp4";
      byte[] bytes = Files.readAllBytes(video);
      Path kept = temp.resolve("unsent/job-" + i + "/a.mp4");
      try {
        Stored stored = put(store, "job-" + i, video);
        ends.merge(stored.getClass(), 1, Integer::sum);
        switch (stored) {
          case Stored.Uploaded(var _, var url, var _, var _) -> {
            assertThat(url).contains("gs://videos/" + object);
            assertThat(gcs.objects().get(object).content().toByteArray()).isEqualTo(bytes);
          }
          case Stored.Inline(Path file, var _, var _) -> {
            assertThat(file).isEqualTo(video);
            assertThat(Fallback.fitsAnswer("job-" + i, bytes.length)).isTrue();
          }
          case Stored.Local local -> throw new AssertionError(local);
        }
      } catch (StorageException e) {
        ends.merge(e.getClass(), 1, Integer::sum);
        assertThat(e).hasMessageContaining("kept at " + kept + " and will be at https://");
        assertThat(kept).hasBinaryContent(bytes);
      }
      Files.delete(video);
    }
    // A seed under which one of the ends never comes would prove little
    assertThat(ends).hasSize(3).allSatisfy((_, count) -> assertThat(count).isPositive());
  }

  private static Fault fault(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> new Fault.ResetAfter(random.nextInt(600_000));
      case 1 -> new Fault.LostAnswer();
      case 2 -> new Fault.WrongSize();
      case 3 -> new Fault.WrongChecksum();
      case 4 -> new Fault.Status(random.nextBoolean() ? 403 : 410);
      case 5 -> new Fault.Status(429);
      default -> new Fault.Status(random.nextBoolean() ? 500 : 503);
    };
  }
}
