package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeGcs.On;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageProbeTest {
  private static final UploadTimeouts SHORT =
      new UploadTimeouts(
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          2);
  private final FakeGcs gcs = FakeGcs.start();
  @TempDir Path temp;

  @AfterEach
  void stop() {
    gcs.close();
  }

  private List<StoreCheck> probe(String... more) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "GCS_BUCKET", "videos",
                "STORAGE_EMULATOR_HOST", gcs.url().toString(),
                "KEEP_DIR", temp.resolve("unsent").toString(),
                "OUTPUT_DIR", temp.resolve("output").toString()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return StorageProbe.run(StorageSettings.from(environment), SHORT);
  }

  @Test
  void leavesNothingBehind() {
    assertThat(probe())
        .containsExactly(
            new StoreCheck("write to KEEP_DIR " + temp.resolve("unsent"), true, ""),
            new StoreCheck("GCS credentials", true, ""),
            new StoreCheck("write to bucket videos", true, ""),
            new StoreCheck("read from bucket videos", true, ""),
            new StoreCheck("video_url is open to everybody", true, ""),
            new StoreCheck("delete from bucket videos", true, ""));
    assertThat(gcs.objects()).isEmpty();
    assertThat(temp.resolve("unsent")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "MULTIPART, 403, write to, storage.objects.create",
    "MULTIPART, 401, write to, correct the one that is set",
    "MEDIA, 403, read from, storage.objects.get",
    "DELETE, 403, delete from, storage.objects.delete",
    "MULTIPART, 404, write to, create it or correct GCS_BUCKET"
  })
  void namesWhatIsMissing(On on, int code, String step, String remedy) {
    gcs.fail(on, code, 1);
    assertThat(probe())
        .filteredOn(check -> !check.ok())
        .first()
        .satisfies(check -> {
          assertThat(check.name()).startsWith(step + " bucket").hasSizeLessThan(50);
          assertThat(check.remedy()).contains(String.valueOf(code), remedy);
        });
  }

  @Test
  void tellsWhichObjectIsLeft() {
    gcs.fail(On.DELETE, 403, 1);
    String left =
        probe().stream().filter(c -> c.name().equals("clean up")).findFirst().get().remedy();
    assertThat(gcs.objects().keySet())
        .singleElement()
        .satisfies(name -> assertThat(left).isEqualTo("delete gs://videos/" + name + " by hand"));
  }

  @Test
  void aBucketThatDoesNotExist() {
    assertThat(probe("GCS_BUCKET", "missing"))
        .last()
        .isEqualTo(
            new StoreCheck(
                "write to bucket missing",
                false,
                "404, bucket missing does not exist; create it or correct GCS_BUCKET"));
  }

  @Test
  void nothingListens() {
    assertThat(probe("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9"))
        .last()
        .satisfies(check ->
            assertThat(check.remedy())
                .isEqualTo(
                    "connection refused; check the network and STORAGE_EMULATOR_HOST"
                        + " http://127.0.0.1:9"));
  }

  @Test
  void badCredentialsEndIt() {
    assertThat(probe("STORAGE_EMULATOR_HOST", "", "GCS_CREDENTIALS_JSON", "{s3cret"))
        .last()
        .isEqualTo(
            new StoreCheck("GCS credentials", false, "GCS_CREDENTIALS_JSON is not valid JSON"));
  }

  /** With the patience of the doctor, which nothing needs here. */
  @Test
  void asTheDoctorAsks() {
    Path folder = temp.resolve("output");
    StorageSettings settings =
        StorageSettings.from(Map.of("KEEP_DIR", folder + "/keep", "OUTPUT_DIR", folder.toString()));
    assertThat(StorageProbe.run(settings))
        .containsExactly(
            StoreCheck.good("write to KEEP_DIR " + folder + "/keep"),
            StoreCheck.good("write to OUTPUT_DIR " + folder));
    assertThat(folder).doesNotExist();
  }

  @Test
  void withoutABucketItIsTheFolder() throws IOException {
    assertThat(probe("GCS_BUCKET", ""))
        .containsExactly(
            new StoreCheck("write to KEEP_DIR " + temp.resolve("unsent"), true, ""),
            new StoreCheck("write to OUTPUT_DIR " + temp.resolve("output"), true, ""));
    Files.writeString(temp.resolve("file"), "x");
    assertThat(probe("GCS_BUCKET", "", "OUTPUT_DIR", temp.resolve("file").toString()))
        .last()
        .satisfies(check -> {
          assertThat(check.ok()).isFalse();
          assertThat(check.remedy()).contains("set OUTPUT_DIR to a folder");
        });
  }
}
