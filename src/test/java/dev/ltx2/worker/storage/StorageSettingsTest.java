package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.gcs.GcsBucket;
import dev.ltx2.worker.storage.gcs.GcsCredentials;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageSettingsTest {
  @Test
  void defaults() {
    StorageSettings settings = StorageSettings.from(Map.of("GCS_PREFIX", "unused"));
    Path keep =
        Files.isDirectory(Path.of("/runpod-volume"))
            ? Path.of("/runpod-volume/unsent")
            : Path.of("unsent");
    assertThat(settings)
        .isEqualTo(new StorageSettings(Optional.empty(), Path.of("output"), keep, false));
    assertThat(StorageSettings.from(Map.of("GCS_BUCKET", "videos")).bucket())
        .contains(
            new GcsBucket(
                "videos",
                "ugc_media",
                UrlKind.PUBLIC,
                Duration.ofDays(7),
                Optional.empty(),
                new GcsCredentials.ApplicationDefault()));
  }

  /** Elsewhere it would die with the machine. */
  @Test
  void keepsOnTheVolumeWhereThereIsOneThatTakesIt(@TempDir Path temp) throws IOException {
    Path output = temp.resolve("work/output");
    Path volume = temp.resolve("volume");
    assertThat(StorageSettings.defaultKeepDir(volume, output))
        .as("none is mounted")
        .isEqualTo(temp.resolve("work/unsent"));
    Files.createDirectory(volume);
    assertThat(StorageSettings.defaultKeepDir(volume, output)).isEqualTo(volume.resolve("unsent"));
    Files.createFile(volume.resolve("unsent"));
    assertThat(StorageSettings.defaultKeepDir(volume, output))
        .as("a file is in the way")
        .isEqualTo(temp.resolve("work/unsent"));
  }

  @Test
  void aVideoGoesToOneBucket() {
    Map<String, String> both =
        Map.of(
            "GCS_BUCKET", "videos",
            "S3_BUCKET", "videos",
            "AWS_ACCESS_KEY_ID", "AKID",
            "AWS_SECRET_ACCESS_KEY", "s3cr3t");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StorageSettings.from(both))
        .withMessage("Set GCS_BUCKET or S3_BUCKET, not both: a video goes to one bucket");
  }

  @Test
  void theBucketIsShownWithItsPrefix() {
    assertThat(StorageSettings.from(Map.of("GCS_BUCKET", "videos")).shownBucket())
        .contains("gs://videos/ugc_media");
    assertThat(StorageSettings.from(Map.of()).shownBucket()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "TRUE, true", "false, false", "yes, false", "'', false"})
  void privatePlacesAreAllowedByOneWordAlone(String value, boolean allowed) {
    Map<String, String> environment = Map.of("ALLOW_PRIVATE_INPUTS", value);
    assertThat(StorageSettings.from(environment).allowPrivate()).isEqualTo(allowed);
  }

  /** Whatever else is wrong with this machine, there is a folder to keep things in. */
  @Test
  void keepsInTheTempFolderWhereNothingElseCanBeWritten(@TempDir Path temp) throws IOException {
    Path file = Files.createFile(temp.resolve("file"));
    Path keep =
        StorageSettings.from(Map.of("OUTPUT_DIR", file.resolve("output").toString())).keepDir();
    assertThat(keep)
        .isEqualTo(
            Files.isDirectory(Path.of("/runpod-volume"))
                ? Path.of("/runpod-volume/unsent")
                : Path.of(System.getProperty("java.io.tmpdir"), "ltx2-unsent"));
  }

  @Test
  void everySetting() {
    StorageSettings settings =
        StorageSettings.from(
            Map.of(
                "GCS_BUCKET", "videos.example.com",
                "GCS_PREFIX", "/a/b/",
                "GCS_URL", "signed",
                "GCS_SIGNED_URL_TTL", "3600",
                "GOOGLE_APPLICATION_CREDENTIALS", "/run/key.json",
                "OUTPUT_DIR", "/data/out",
                "KEEP_DIR", "/data/keep"));
    assertThat(settings)
        .isEqualTo(
            new StorageSettings(
                Optional.of(
                    new GcsBucket(
                        "videos.example.com",
                        "a/b",
                        UrlKind.SIGNED,
                        Duration.ofHours(1),
                        Optional.empty(),
                        new GcsCredentials.File(Path.of("/run/key.json")))),
                Path.of("/data/out"),
                Path.of("/data/keep"),
                false));
  }

  /** An object's name never begins with a slash. */
  @Test
  void thePrefixMayBeEmpty() {
    assertThat(object("/")).isEqualTo("job/a.mp4");
    assertThat(object("/a/b/")).isEqualTo("a/b/job/a.mp4");
  }

  private static String object(String prefix) {
    return StorageSettings.from(Map.of("GCS_BUCKET", "videos", "GCS_PREFIX", prefix))
        .bucket()
        .orElseThrow()
        .under("job/a.mp4");
  }

  @Test
  void keepsTheKeyOutOfItsText() {
    StorageSettings settings =
        StorageSettings.from(
            Map.of("GCS_BUCKET", "videos", "GCS_CREDENTIALS_JSON", "{\"private_key\":\"k3y\"}"));
    assertThat(((GcsBucket) settings.bucket().orElseThrow()).credentials())
        .isEqualTo(new GcsCredentials.Json("{\"private_key\":\"k3y\"}"));
    assertThat(settings.toString()).doesNotContain("k3y");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:4443, http://127.0.0.1:4443",
    "http://gcs:4443/, http://gcs:4443",
    "localhost:4443, http://localhost:4443"
  })
  void emulator(String value, URI host) {
    Map<String, String> environment =
        Map.of("GCS_BUCKET", "videos", "STORAGE_EMULATOR_HOST", value);
    assertThat(((GcsBucket) StorageSettings.from(environment).bucket().orElseThrow()).emulator())
        .contains(host);
  }

  @ParameterizedTest
  @CsvSource({
    "GCS_BUCKET, gs://videos",
    "GCS_BUCKET, Videos",
    "GCS_URL, secret",
    "GCS_SIGNED_URL_TTL, 000",
    "GCS_SIGNED_URL_TTL, 604801",
    "GCS_SIGNED_URL_TTL, 1h",
    "STORAGE_EMULATOR_HOST, ftp://x",
    "STORAGE_EMULATOR_HOST, 'http://a b'"
  })
  void namesWhatIsWrongAndDoesNotShowIt(String name, String value) {
    Map<String, String> environment = new HashMap<>(Map.of("GCS_BUCKET", "videos"));
    environment.put(name, value);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StorageSettings.from(environment))
        .withMessageStartingWith(name + " must be ")
        .withMessageNotContaining(value);
  }

  @Test
  void saysEveryFaultAtOnce() {
    Map<String, String> environment =
        Map.of(
            "GCS_BUCKET", "videos",
            "GCS_URL", "signed",
            "STORAGE_EMULATOR_HOST", "localhost:1",
            "GCS_CREDENTIALS_JSON", "{}",
            "GOOGLE_APPLICATION_CREDENTIALS", "key.json");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StorageSettings.from(environment))
        .withMessageContaining("GCS_URL=signed needs credentials")
        .withMessageContaining("not both");
  }
}
