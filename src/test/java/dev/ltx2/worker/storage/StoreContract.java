package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds against any server that speaks the storage's API; its bucket is {@code videos}. */
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

  abstract URI url();

  Map<String, String> environment() {
    return Map.of(
        "GCS_BUCKET", "videos",
        "STORAGE_EMULATOR_HOST", url().toString(),
        "KEEP_DIR", temp.resolve("unsent").toString());
  }

  StorageSettings settings() {
    return StorageSettings.from(environment());
  }

  GcsStore store(UploadTimeouts patience, Clock time) {
    Bucket bucket = settings().bucket().orElseThrow();
    return new GcsStore(
        bucket, new Uploader(bucket, patience, time), fallback(settings().keepDir(), time));
  }

  /** What does not go into {@code keepDir} goes beside it. */
  static Fallback fallback(Path keepDir, Clock time) {
    Leases leases = new Leases(time);
    return new Fallback(
        new KeepFolders(
            new KeepFolder(keepDir, leases, time),
            new KeepFolder(keepDir.resolveSibling("last-resort"), leases, time)));
  }

  GcsStore store() {
    return store(QUICK, Clock.SYSTEM);
  }

  Path video(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(temp.resolve("video-" + size + ".mp4"), bytes);
  }

  byte[] stored(String object) throws GcsFault {
    Storage storage =
        GcsClient.build(settings().bucket().orElseThrow(), QUICK, new Retries("videos"));
    return storage.readAllBytes(BlobId.of("videos", object));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300_000, GcsClient.CHUNK, GcsClient.CHUNK + 1, 9_000_000})
  void uploadsEverySize(int size) throws Exception {
    Path video = video(size);
    Map<Stored, String> announced = new HashMap<>();
    Stored result = store().store("size-" + size, video, "a.mp4", announced::put);
    String object = "ugc_media/size-" + size + "/ltx2_videos/a.mp4";
    assertThat(result)
        .isEqualTo(
            new Stored.Uploaded(
                "https://storage.googleapis.com/videos/" + object, "gs://videos/" + object));
    assertThat(stored(object)).isEqualTo(Files.readAllBytes(video));
    assertThat(announced).containsOnlyKeys(result);
    VideoProofs proofs = new VideoProofs(settings(), QUICK, Clock.SYSTEM);
    assertThat(proofs.hold(announced.get(result))).isTrue();
    assertThat(proofs.hold(announced.get(result).replace("/size-", "/other-"))).isFalse();
    assertThat(proofs.hold(announced.get(result).replaceFirst("\\d+,", "9999,"))).isFalse();
    assertThat(proofs.hold("{}")).isFalse();
  }

  @Test
  void aSecondUploadOfTheSameBytesIsASuccess() throws Exception {
    Path video = video(400_000);
    Stored first = store().store("again", video, "a.mp4");
    assertThat(store().store("again", video, "a.mp4")).isEqualTo(first);
  }

  /** Bytes that change on their way: a store tells of them by 400, another by 412. */
  @ParameterizedTest
  @ValueSource(ints = {300_000, 9_000_000})
  void bytesThatArriveSpoiledAreSentAgain(int size) throws Exception {
    Path video = video(size);
    byte[] bytes = Files.readAllBytes(video);
    Bucket bucket = settings().bucket().orElseThrow();
    Uploader uploader =
        new Uploader(
            bucket,
            QUICK,
            Clock.SYSTEM,
            (b, patience, retries) -> spoilingOnce(GcsClient.build(b, patience, retries), video));
    String object = "spoiled-" + size;
    assertThat(uploader.upload(object, video, UploadListener.NONE).gcsUrl())
        .isEqualTo("gs://videos/" + object);
    assertThat(stored(object)).isEqualTo(bytes);
  }

  /** Its first upload reads another last byte than the checksum was made of. */
  private static Storage spoilingOnce(Storage real, Path video) {
    AtomicBoolean spoiled = new AtomicBoolean();
    return (Storage)
        Proxy.newProxyInstance(
            Storage.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (_, method, arguments) -> {
              byte[] good = Files.readAllBytes(video);
              boolean now = method.getName().equals("createFrom") && !spoiled.getAndSet(true);
              if (now) {
                byte[] bad = good.clone();
                bad[bad.length - 1]++;
                Files.write(video, bad);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (now) {
                  Files.write(video, good);
                }
              }
            });
  }

  @Test
  void otherBytesUnderTheNameAreNeverOverwritten() throws Exception {
    Path first = video(400_000);
    store().store("taken", first, "a.mp4");
    Path second = video(400_001);
    assertThat(store().store("taken", second, "a.mp4"))
        .isEqualTo(
            new Stored.Inline(
                second,
                "GCS upload failed: 412, an object of this name with other content exists already"));
    assertThat(stored("ugc_media/taken/ltx2_videos/a.mp4")).isEqualTo(Files.readAllBytes(first));
  }

  @Test
  void encodesTheNameInTheUrl() throws Exception {
    Stored result = store().store("a b/ü", video(10), "c d+e.mp4");
    assertThat(result)
        .isEqualTo(
            new Stored.Uploaded(
                "https://storage.googleapis.com/videos/ugc_media/a%2520b%252F%25C3%25BC"
                    + "/ltx2_videos/c%20d%2Be.mp4",
                "gs://videos/ugc_media/a%20b%2F%C3%BC/ltx2_videos/c d+e.mp4"));
    assertThat(stored("ugc_media/a%20b%2F%C3%BC/ltx2_videos/c d+e.mp4")).hasSize(10);
  }

  @Test
  void aMissingBucketIsSaid() throws Exception {
    Bucket there = settings().bucket().orElseThrow();
    Bucket missing =
        new Bucket(
            "missing",
            there.prefix(),
            there.url(),
            there.signedUrlTtl(),
            there.emulator(),
            there.credentials());
    Uploader uploader = new Uploader(missing, QUICK, Clock.SYSTEM);
    Path video = video(1000);
    assertThatThrownBy(() -> uploader.upload("x", video, UploadListener.NONE))
        .isInstanceOf(GcsFault.class)
        .hasMessage("404, bucket missing does not exist");
  }

  @Test
  void sendsWhatWasKeptAndTheProbePasses() throws Exception {
    KeepFolder keep = new KeepFolder(settings().keepDir(), new Leases(Clock.SYSTEM), Clock.SYSTEM);
    Path video = video(500_000);
    Destination to = Destination.in(settings().bucket().orElseThrow(), "kept", "a.mp4");
    keep.keep(to, video, "GCS upload failed: x");
    KeptVideos unsent = KeptVideos.of(settings());
    unsent.send(unsent.list().getFirst());
    assertThat(unsent.list()).isEmpty();
    assertThat(stored("ugc_media/kept/ltx2_videos/a.mp4")).isEqualTo(Files.readAllBytes(video));
    assertThat(StorageProbe.run(settings(), QUICK))
        .hasSizeGreaterThanOrEqualTo(6)
        .allSatisfy(check -> assertThat(check.ok()).as(check.toString()).isTrue());
  }
}
