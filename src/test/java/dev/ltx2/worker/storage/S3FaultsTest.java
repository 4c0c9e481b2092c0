package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeS3;
import dev.ltx2.worker.fakes.FakeS3.Fault;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.storage.client.StoreClient;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.HttpUrl;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets that speak S3, and addresses for one PUT, on servers that misbehave. */
class S3FaultsTest {
  private static final String PATH = "/videos/ugc_media/job/ltx2_videos/a.mp4";
  private static final UploadTimeouts IMPATIENT =
      new UploadTimeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          Duration.ofMillis(400),
          Duration.ofMillis(2),
          Duration.ofMillis(20),
          12);
  private final FakeS3 s3 = FakeS3.start();
  private final CapturedLogs logs = new CapturedLogs();
  @TempDir Path temp;

  /** The three ways to the same object. */
  enum Way {
    BUCKET("S3"),
    S3_CONFIG("s3Config"),
    OUTPUT_URL("output_url");

    private final String label;

    Way(String label) {
      this.label = label;
    }
  }

  @AfterEach
  void noSecretInAnyLine() {
    s3.close();
    logs.close();
    assertThat(logs.lines())
        .noneMatch(line -> line.contains("s3cr3t"))
        .noneMatch(line -> line.contains("Signature"));
  }

  private StorageSettings settings(String... more) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "S3_BUCKET", "videos",
                "S3_ENDPOINT", s3.url().toString(),
                "AWS_ACCESS_KEY_ID", "AKID",
                "AWS_SECRET_ACCESS_KEY", "s3cr3t",
                "KEEP_DIR", temp.resolve("unsent").toString()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return StorageSettings.from(environment);
  }

  private VideoStore store(Way way, UploadTimeouts patience, Clock time) {
    return new HandOver(
        new Targets(true, patience, time),
        settings()
            .bucket()
            .filter(_ -> way == Way.BUCKET)
            .map(bucket -> new Uploader(bucket, patience, time)),
        StoreContract.fallback(temp.resolve("unsent"), time));
  }

  private Target target(Way way) {
    return switch (way) {
      case BUCKET -> new Target.None();
      case S3_CONFIG -> new Target.JobBucket(HttpUrl.get(s3.url()), "videos", "AKID", "s3cr3t");
      case OUTPUT_URL ->
          new Target.PresignedPut(
              HttpUrl.get(s3.url() + PATH + "?X-Amz-Signature=s3cr3t"), Map.of());
    };
  }

  private Stored put(Way way, UploadTimeouts patience, Clock time, Path video) throws Exception {
    return store(way, patience, time).store("job", video, "a.mp4", target(way), (_, _) -> {});
  }

  private Stored put(Way way, Path video) throws Exception {
    return put(way, IMPATIENT, Clock.SYSTEM, video);
  }

  private Path video(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(temp.resolve("v-" + size + ".mp4"), bytes);
  }

  private void assertIsThere(Stored stored, Path video) throws IOException {
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Uploaded.class, there -> assertThat(there.shown()).isEqualTo(s3.url() + PATH));
    assertThat(s3.pending()).isZero();
    assertThat(s3.objects().get(PATH).content().toByteArray()).isEqualTo(Files.readAllBytes(video));
    assertThat(temp.resolve("unsent")).doesNotExist();
  }

  private static String error(Stored stored) {
    return ((Stored.Inline) stored).storeError();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void survivesEveryPassingFault(Way way) throws Exception {
    Path video = video(2_000_000);
    List<Fault> passing = new ArrayList<>();
    for (int code : new int[] {408, 425, 429, 500, 502, 503, 504}) {
      passing.add(new Fault.Status(code, code == 503 ? "SlowDown" : "InternalError"));
    }
    for (long at : new long[] {0, 1, 1 << 20, 1_999_999}) {
      passing.add(new Fault.ResetAfter(at));
    }
    passing.add(new Fault.Silence());
    passing.add(new Fault.LostAnswer());
    for (Fault fault : passing) {
      s3.objects().clear();
      s3.fail("PUT", fault);
      assertIsThere(put(way, video), video);
    }
    assertThat(s3.heads())
        .filteredOn(head -> head.startsWith("PUT"))
        .allSatisfy(head -> {
          assertThat(head.toLowerCase(Locale.ROOT)).contains("content-length: 2000000\r\n");
          assertThat(head.toLowerCase(Locale.ROOT)).doesNotContain("transfer-encoding");
        });
  }

  /** Its words count, not its status. */
  @ParameterizedTest
  @ValueSource(strings = {"RequestTimeout", "ConditionalRequestConflict", "OperationAborted"})
  void whatTheServerSaysWillPassIsAskedAgain(String error) throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.Status(409, error));
    assertIsThere(put(Way.BUCKET, video), video);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void neverAfterASuccess(Way way) throws Exception {
    put(way, video(1000));
    assertThat(s3.requests()).filteredOn(request -> request.startsWith("PUT")).hasSize(1);
  }

  /** Sleeps pass at once; what is waited for on sockets takes its real time. */
  private static final class SkippedSleeps implements Clock {
    private final AtomicLong slept = new AtomicLong();

    @Override
    public long nanos() {
      return slept.get();
    }

    @Override
    public Instant now() {
      return Instant.now();
    }

    @Override
    public void sleep(Duration duration) {
      slept.addAndGet(duration.toNanos());
    }

    @Override
    public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
      return Clock.SYSTEM.poll(queue, timeout);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void waitsAsLongAsTheServerAsks(Way way) throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.Status(429, "TooManyRequests", Map.of("Retry-After", "17")));
    SkippedSleeps time = new SkippedSleeps();
    assertIsThere(put(way, UploadTimeouts.UPLOAD, time, video), video);
    assertThat(time.since(0)).isBetween(Duration.ofSeconds(17), Duration.ofSeconds(18));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void longerThanThereIsTimeIsNotWaited(Way way) throws Exception {
    s3.fail("PUT", new Fault.Status(503, "SlowDown", Map.of("Retry-After", "600")));
    SkippedSleeps time = new SkippedSleeps();
    assertThat(error(put(way, UploadTimeouts.UPLOAD, time, video(1000))))
        .startsWith(way.label + " upload failed: 503, ");
    assertThat(time.since(0)).isLessThan(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aStallOf40SecondsIsTooLongForOneAnswerAndNotForTheUpload(Way way) throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.Silence());
    ManualTime time = ManualTime.frozen();
    CompletableFuture<Stored> stored =
        CompletableFuture.supplyAsync(() -> {
          try {
            return put(way, UploadTimeouts.UPLOAD, time, video);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    Awaitility.await().until(() -> s3.pending() == 0);
    time.advance(Duration.ofSeconds(40));
    assertThat(stored).isNotDone();
    time.advance(Duration.ofSeconds(81));
    assertThat(error(stored.get())).isEqualTo(way.label + " upload failed: not done within 120 s");
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aServerThatDoesNotSayContinueGetsItAllTheSame(Way way) throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.NoContinue());
    assertIsThere(put(way, video), video);
  }

  @ParameterizedTest
  @CsvSource({
    "BUCKET, 403, AccessDenied, 'permission denied: the credentials need s3:PutObject on bucket videos'",
    "BUCKET, 403, InvalidAccessKeyId, the access key id is not known there",
    "BUCKET, 403, SignatureDoesNotMatch, the secret key does not belong to the access key id",
    "BUCKET, 400, ExpiredToken, 'the session token is not valid, or no longer'",
    "BUCKET, 404, NoSuchBucket, bucket videos does not exist",
    "S3_CONFIG, 403, AccessDenied, 'permission denied: the credentials need s3:PutObject on bucket videos'",
    "OUTPUT_URL, 403, SignatureDoesNotMatch, 'output_url was refused: its signature does not allow this PUT, or has expired; what it was signed with must be in output_headers'",
    "OUTPUT_URL, 403, RequestExpired, the signature of output_url has expired",
    "OUTPUT_URL, 307, TemporaryRedirect, 'output_url redirects, which is not followed'",
    "OUTPUT_URL, 404, NoSuchBucket, there is nothing at output_url"
  })
  void aLastingFaultIsToldAndNotTriedAgain(Way way, int code, String error, String words)
      throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.Status(code, error, Map.of("Location", s3.url() + "/videos/x")));
    Stored stored = put(way, video);
    assertThat(stored)
        .isEqualTo(
            new Stored.Inline(
                video, way.label + " upload failed: " + code + ", " + words, Optional.empty()));
    assertThat(s3.requests()).filteredOn(request -> request.startsWith("PUT")).hasSize(1);
    assertThat(s3.objects()).isEmpty();
  }

  @Test
  void bytesThatArriveSpoiledAreSentAgain() throws Exception {
    Path video = video(1000);
    s3.fail("PUT", new Fault.Spoiled());
    s3.fail("PUT", new Fault.Spoiled());
    assertIsThere(put(Way.BUCKET, video), video);
    for (int i = 0; i < 3; i++) {
      s3.fail("PUT", new Fault.Spoiled());
    }
    s3.objects().clear();
    assertThat(error(put(Way.BUCKET, video)))
        .endsWith("400, what arrived has another checksum than what was sent");
  }

  /** Nothing can be asked there later, so what it says of the bytes that came counts. */
  @ParameterizedTest
  @CsvSource({
    "x-goog-hash, crc32c=AAAAAA==, false",
    "x-goog-hash, 'md5=x, crc32c=AAAAAA==', false",
    "x-amz-checksum-crc32c, AAAAAA==, false",
    "x-goog-hash, 'crc32c=RIGHT, md5=x', true",
    "x-goog-hash, md5=x, true",
    "x-amz-checksum-crc32c, RIGHT, true"
  })
  void theChecksumThatTheServerTellsCounts(String header, String told, boolean arrived)
      throws Exception {
    Path video = video(1000);
    String value = told.replace("RIGHT", Checksum.of(video).crc32c());
    s3.fail("PUT", new Fault.Status(200, "", Map.of(header, value)));
    Stored stored = put(Way.OUTPUT_URL, video);
    if (arrived) {
      assertThat(stored).isInstanceOf(Stored.Uploaded.class);
    } else {
      assertThat(error(stored))
          .isEqualTo(
              "output_url upload failed: what arrived at output_url has another checksum than what"
                  + " was sent");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerWithoutConditionsIsAskedFirst(boolean refuses) throws Exception {
    if (refuses) {
      s3.refusesConditions();
    } else {
      s3.ignoresConditions();
    }
    Path video = video(1000);
    assertIsThere(put(Way.BUCKET, video), video);
    assertIsThere(put(Way.BUCKET, video), video);
    assertThat(error(put(Way.BUCKET, video(1001))))
        .endsWith("412, an object of this name with other content exists already");
    assertThat(s3.objects().get(PATH).size()).isEqualTo(1000);
  }

  /** It came between the look and the PUT, as an upload that was thought lost; then a stall. */
  @Test
  void whatIsInTheWayIsComparedHoweverLongThatTakes() throws Exception {
    Path video = video(1000);
    put(Way.BUCKET, video);
    s3.fail("HEAD", new Fault.Status(404, "NoSuchKey"));
    s3.fail("PUT", new Fault.Status(412, "PreconditionFailed"));
    s3.fail("HEAD", new Fault.Status(503, "SlowDown"));
    assertIsThere(put(Way.BUCKET, video), video);
  }

  /** A key that may only write proves nothing, and denies nothing. */
  @Test
  void whereLookingIsForbiddenNothingIsProved() throws Exception {
    s3.fail("HEAD", new Fault.Status(403, "AccessDenied"));
    VideoProofs proofs = new VideoProofs(settings(), IMPATIENT, Clock.SYSTEM);
    String proof = new VideoProofs.Proof(s3.url() + "/videos", "o/a.mp4", 3, "AAAAAA==").text();
    assertThatThrownBy(() -> proofs.hold(proof))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "s3://videos/ cannot be looked into: 403, permission denied: the credentials need"
                + " s3:GetObject on bucket videos");
    assertThat(proofs.hold(proof)).isFalse();
  }

  @Test
  void tellsWhatItWasAskedAgainFor() throws Exception {
    StoreClient client = settings().bucket().orElseThrow().client(IMPATIENT, ManualTime.skipping());
    Path video = video(1000);
    s3.fail("PUT", new Fault.Status(503, "SlowDown"));
    client.put("o/a.mp4", video, Checksum.of(video));
    assertThat(client.lastRetry()).contains("the S3 server answered 503");
    client.forget();
    assertThat(client.lastRetry()).isEmpty();
  }

  @Test
  void anotherRegionIsLearnt() throws Exception {
    s3.isInRegion("eu-central-1");
    Path video = video(1000);
    Stored stored = put(Way.BUCKET, video);
    assertIsThere(stored, video);
    assertThat(((Stored.Uploaded) stored).videoUrl()).contains("%2Feu-central-1%2Fs3");
    assertThat(logs.lines()).anyMatch(l -> l.contains("is in region eu-central-1, not us-east-1"));
  }

  @Test
  void theTimeOfDayIsLearnt() throws Exception {
    s3.itIs(Instant.now().plus(Duration.ofHours(3)));
    Path video = video(1000);
    assertIsThere(put(Way.BUCKET, video), video);
    assertThat(logs.lines()).anyMatch(line -> line.contains("This machine's clock is wrong by 1"));
  }

  @Test
  void whatIsTooBigIsKeptForTheWorkersOwnBucketAndSent() throws Exception {
    Path video = video(7_500_000);
    s3.fail("PUT", new Fault.Status(403, "AccessDenied"));
    StorageException failure =
        catchThrowableOfType(StorageException.class, () -> put(Way.BUCKET, video));
    Path kept = temp.resolve("unsent/job/a.mp4");
    assertThat(failure)
        .hasMessageStartingWith("S3 upload failed: 403, permission denied")
        .hasMessageEndingWith(
            "it is kept at "
                + kept
                + " and will be at s3://videos/ugc_media/job/ltx2_videos/a.mp4");
    assertThat(temp.resolve("unsent/job/a.mp4.json"))
        .content()
        .contains(s3.url() + "/videos")
        .doesNotContain("s3cr3t", "AKID");
    KeptVideos unsent = KeptVideos.of(settings());
    assertThat(unsent.send(unsent.list().getFirst()).shown()).isEqualTo(s3.url() + PATH);
    assertThat(s3.objects().get(PATH).size()).isEqualTo(7_500_000);

    VideoProofs proofs = new VideoProofs(settings(), IMPATIENT, Clock.SYSTEM);
    String proof =
        VideoProofs.Proof.of(
                Destination.in(settings().bucket().orElseThrow(), "job", "a.mp4")
                    .address()
                    .orElseThrow(),
                Checksum.of(video))
            .text();
    assertThat(proofs.hold(proof)).isTrue();
    s3.objects().clear();
    assertThat(proofs.hold(proof)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"S3_CONFIG", "OUTPUT_URL"})
  void keysOfARequestAreNeverWrittenDown(Way way) throws Exception {
    Path video = video(7_500_000);
    s3.fail("PUT", new Fault.Status(403, "AccessDenied"));
    StorageException failure = catchThrowableOfType(StorageException.class, () -> put(way, video));
    assertThat(failure)
        .hasMessageContaining("it is kept at ")
        .hasMessageNotContainingAny("s3cr3t", "AKID");
    assertThat(temp.resolve("unsent/job/a.mp4.json"))
        .content()
        .doesNotContain("s3cr3t", "AKID", "Signature");
    assertThat(target(way).toString()).doesNotContain("s3cr3t", "AKID");
  }

  /** The order: a request's place, then the worker's bucket. */
  @Test
  void theWorkersBucketTakesWhatTheRequestsPlaceRefuses() throws Exception {
    Path video = video(1000);
    Target nowhere =
        new Target.PresignedPut(HttpUrl.get(s3.url() + "/nowhere/a.mp4?k=s3cr3t"), Map.of());
    List<String> proofs = new ArrayList<>();
    Stored stored =
        store(Way.BUCKET, IMPATIENT, Clock.SYSTEM)
            .store("job", video, "a.mp4", nowhere, (_, proof) -> proofs.add(proof));
    assertIsThere(stored, video);
    assertThat(((Stored.Uploaded) stored).storeError())
        .contains("output_url upload failed: 404, there is nothing at output_url");
    assertThat(proofs).singleElement().asString().contains("crc32c");
  }

  @Test
  void headersGoAlongAndNoOthers() throws Exception {
    Path video = video(1000);
    Target.PresignedPut plain = (Target.PresignedPut) target(Way.OUTPUT_URL);
    put(Way.OUTPUT_URL, video);
    assertThat(s3.heads().getLast().toLowerCase(Locale.ROOT))
        .doesNotContain("content-type", "authorization");
    store(Way.OUTPUT_URL, IMPATIENT, Clock.SYSTEM)
        .store(
            "job",
            video,
            "a.mp4",
            new Target.PresignedPut(
                plain.url(), Map.of("content-type", "video/mp4", "x-ms-blob-type", "BlockBlob")),
            (_, _) -> {});
    assertThat(s3.heads().getLast().toLowerCase(Locale.ROOT))
        .contains("content-type: video/mp4\r\n", "x-ms-blob-type: blockblob\r\n");
  }

  /** Whoever has an address may keep what it leads to, a cache between only what is open to all. */
  @ParameterizedTest
  @CsvSource({"public, public", "signed, private"})
  void cachesKeepWhatEverybodyMaySee(String url, String readers) throws Exception {
    Uploader uploader =
        new Uploader(settings("S3_URL", url).bucket().orElseThrow(), IMPATIENT, Clock.SYSTEM);
    StoreContract.put(
        StoreContract.store(uploader, temp.resolve("unsent"), Clock.SYSTEM), "job", video(1000));
    assertThat(s3.heads())
        .filteredOn(head -> head.startsWith("PUT"))
        .singleElement()
        .asString()
        .contains("Cache-Control: " + readers + ", max-age=31536000, immutable")
        .contains("If-None-Match: *");
  }

  @Test
  void privateAddressesAreForTheWorkersOwnMachineAlone() throws Exception {
    VideoStore guarded =
        new HandOver(
            new Targets(false, IMPATIENT, Clock.SYSTEM),
            Optional.empty(),
            StoreContract.fallback(temp.resolve("unsent"), Clock.SYSTEM));
    for (Way way : List.of(Way.S3_CONFIG, Way.OUTPUT_URL)) {
      assertThat(guarded.refusal(target(way)).orElseThrow()).contains("must be https");
      Path video = video(1000);
      assertThat(error(guarded.store("job", video, "a.mp4", target(way), (_, _) -> {})))
          .contains("is not public");
    }
    Target metadata =
        new Target.PresignedPut(HttpUrl.get("https://169.254.169.254/latest?k=v"), Map.of());
    assertThat(guarded.refusal(metadata).orElseThrow())
        .startsWith("output_url: the address 169.254.169.254 is not public");
    assertThat(s3.requests()).isEmpty();
  }
}
