package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.Uploader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of every store on a server; its bucket is {@code videos}. */
abstract class StoreContract {
  /** As in production, with waits that a test can afford. */
  static final UploadTimeouts QUICK =
      new UploadTimeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofMillis(2),
          Duration.ofMillis(20),
          12);

  @TempDir Path temp;

  /**
   * Where an object's answer says it is.
   *
   * @param videoUrl without its query
   * @param gcsUrl of the bucket
   */
  record Place(String videoUrl, Optional<String> gcsUrl) {}

  /** Without KEEP_DIR. */
  abstract Map<String, String> environment();

  abstract Place place(String object);

  /** What the server has under the name. */
  abstract byte[] stored(String object) throws Exception;

  /** Whether {@link #place} is encoded already. */
  Target target(String object) {
    return new Target.None();
  }

  /** How a failure begins. */
  String label() {
    return settings().bucket().orElseThrow().store();
  }

  StorageSettings settings() {
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("KEEP_DIR", temp.resolve("unsent").toString());
    return StorageSettings.from(environment);
  }

  /** What does not go into {@code keepDir} goes beside it. */
  static Fallback fallback(Path keepDir, Clock time) {
    Leases leases = new Leases(time);
    return new Fallback(
        new KeepFolders(
            new KeepFolder(keepDir, leases, time),
            new KeepFolder(keepDir.resolveSibling("last-resort"), leases, time)));
  }

  /** A store with a bucket of its own. */
  static VideoStore store(Uploader uploader, Path keepDir, Clock time) {
    return new HandOver(
        new Targets(true, QUICK, time), Optional.of(uploader), fallback(keepDir, time));
  }

  VideoStore store() {
    return store(QUICK, Clock.SYSTEM);
  }

  VideoStore store(UploadTimeouts patience, Clock time) {
    return new HandOver(
        new Targets(true, patience, time),
        settings().bucket().map(bucket -> new Uploader(bucket, patience, time)),
        fallback(settings().keepDir(), time));
  }

  static String object(String job) {
    return "ugc_media/" + job + "/ltx2_videos/a.mp4";
  }

  /** For a job whose request names no place of its own. */
  static Stored put(VideoStore store, String job, Path video)
      throws StorageException, InterruptedException {
    return store.store(job, video, "a.mp4", new Target.None(), UploadListener.NONE);
  }

  Stored put(String job, Path video) throws Exception {
    return put(job, video, new ArrayList<>());
  }

  private Stored put(String job, Path video, List<String> proofs) throws Exception {
    return store().store(job, video, "a.mp4", target(object(job)), (_, proof) -> proofs.add(proof));
  }

  void assertIsAt(Stored stored, String object) {
    Place place = place(object);
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Uploaded.class,
            uploaded -> {
              assertThat(uploaded.videoUrl().replaceFirst("\\?.*", "")).isEqualTo(place.videoUrl());
              assertThat(uploaded.gcsUrl()).isEqualTo(place.gcsUrl().map(url -> url + object));
              assertThat(uploaded.fileName()).isEqualTo("a.mp4");
              assertThat(uploaded.storeError()).isEmpty();
            });
  }

  Path video(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(temp.resolve("video-" + size + ".mp4"), bytes);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        300_000,
        (1 << 20) - 1,
        1 << 20,
        (1 << 20) + 1,
        4 << 20,
        (4 << 20) + 1,
        9_000_000
      })
  void uploadsEverySize(int size) throws Exception {
    Path video = video(size);
    List<String> proofs = new ArrayList<>();
    String job = "size-" + size;
    assertIsAt(put(job, video, proofs), object(job));
    assertThat(stored(object(job))).isEqualTo(Files.readAllBytes(video));
    assertThat(proofs).hasSize(1);
    String proof = proofs.getFirst();
    VideoProofs hold = new VideoProofs(settings(), QUICK, Clock.SYSTEM);
    assertThat(hold.hold(proof)).isTrue();
    assertThat(hold.hold("{}")).isFalse();
    if (proof.contains("size-")) {
      assertThat(hold.hold(proof.replace("/size-", "/other-"))).isFalse();
      assertThat(hold.hold(proof.replaceFirst("\\d+,", "9999,"))).isFalse();
    }
  }

  @Test
  void aSecondUploadOfTheSameBytesIsASuccess() throws Exception {
    Path video = video(400_000);
    assertIsAt(put("again", video), object("again"));
    assertIsAt(put("again", video), object("again"));
  }

  @Test
  void otherBytesUnderTheNameAreNeverOverwritten() throws Exception {
    Assumptions.assumeFalse(
        target("x") instanceof Target.PresignedPut,
        "whoever signs an address for a PUT decides on what is there");
    Path first = video(400_000);
    put("taken", first);
    Path second = video(400_001);
    assertThat(put("taken", second))
        .isInstanceOfSatisfying(
            Stored.Inline.class,
            inline -> {
              assertThat(inline.file()).isEqualTo(second);
              assertThat(inline.storeError())
                  .isEqualTo(
                      label()
                          + " upload failed: 412, an object of this name with other content exists"
                          + " already");
              assertThat(inline.gcsError().isPresent()).isEqualTo(label().equals("GCS"));
            });
    assertThat(stored(object("taken"))).isEqualTo(Files.readAllBytes(first));
  }

  @Test
  void encodesTheNameInTheUrl() throws Exception {
    String object = "ugc_media/a%20b%2F%C3%BC/ltx2_videos/c d+e.mp4";
    Stored result = store().store("a b/ü", video(10), "c d+e.mp4", target(object), (_, _) -> {});
    assertThat(result)
        .isInstanceOfSatisfying(
            Stored.Uploaded.class,
            uploaded ->
                assertThat(uploaded.videoUrl().replaceFirst("\\?.*", ""))
                    .isEqualTo(
                        place("").videoUrl()
                            + "ugc_media/a%2520b%252F%25C3%25BC/ltx2_videos/c%20d%2Be.mp4"));
    assertThat(stored(object)).hasSize(10);
  }

  @Test
  void aMissingBucketIsSaid() throws Exception {
    Map<String, String> environment = new HashMap<>(environment());
    environment.replaceAll((name, value) -> name.endsWith("_BUCKET") ? "missing" : value);
    Assumptions.assumeFalse(
        environment.equals(environment()), "a request's place: see its own tests");
    Uploader uploader =
        new Uploader(StorageSettings.from(environment).bucket().orElseThrow(), QUICK, Clock.SYSTEM);
    Path video = video(1000);
    assertThat(put(store(uploader, temp.resolve("unsent"), Clock.SYSTEM), "job", video))
        .isInstanceOfSatisfying(
            Stored.Inline.class,
            inline ->
                assertThat(inline.storeError())
                    .isEqualTo(label() + " upload failed: 404, bucket missing does not exist"));
  }

  @Test
  void sendsWhatWasKeptAndTheProbePasses() throws Exception {
    Assumptions.assumeTrue(
        settings().bucket().isPresent(), "kept videos go to the worker's own bucket alone");
    KeepFolder keep = new KeepFolder(settings().keepDir(), new Leases(Clock.SYSTEM), Clock.SYSTEM);
    Path video = video(500_000);
    Destination to = Destination.in(settings().bucket().orElseThrow(), "kept", "a.mp4");
    keep.keep(to, video, "upload failed: x");
    KeptVideos unsent = KeptVideos.of(settings());
    unsent.send(unsent.list().getFirst());
    assertThat(unsent.list()).isEmpty();
    assertThat(stored(object("kept"))).isEqualTo(Files.readAllBytes(video));
    assertThat(StorageProbe.run(settings(), QUICK))
        .hasSizeGreaterThanOrEqualTo(5)
        .allSatisfy(check -> assertThat(check.ok()).as(check.toString()).isTrue());
  }
}
