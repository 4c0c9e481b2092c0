package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeepFolderTest {
  private final ManualTime time = ManualTime.frozen();
  @TempDir Path temp;

  private Path video(int size) throws IOException {
    return Files.write(temp.resolve("v.mp4"), new byte[size]);
  }

  private KeepFolder keep(long maxBytes) {
    return new KeepFolder(temp.resolve("unsent"), time, maxBytes, Duration.ofDays(30));
  }

  private static List<String> jobs(KeepFolder keep) throws IOException {
    return keep.list().stream().map(kept -> kept.note().jobId()).toList();
  }

  private void put(KeepFolder keep, String job, int size) throws IOException {
    keep.keep(job, "o/" + job, video(size), "a.mp4", "why");
    time.advance(Duration.ofMinutes(1));
  }

  @Test
  void writesANoteBesideTheVideo() throws Exception {
    Path kept = keep(100).keep("../j", "p/j/a.mp4", video(9), "a.mp4", "GCS upload failed: x");
    assertThat(kept).isEqualTo(temp.resolve("unsent/%2E.%2Fj/a.mp4")).hasSize(9);
    JsonNode note = new ObjectMapper().readTree(Files.readAllBytes(Path.of(kept + ".json")));
    assertThat(note)
        .isEqualTo(
            new ObjectMapper()
                .valueToTree(
                    Map.of(
                        "job_id", "../j",
                        "object", "p/j/a.mp4",
                        "why", "GCS upload failed: x",
                        "when", "2026-02-04T12:00:00Z",
                        "size", 9,
                        "crc32c", Checksum.of(kept).crc32c())));
  }

  @Test
  void theOldestGoWhenItIsFull() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "first", 10);
    put(keep, "second", 60);
    put(keep, "third", 30);
    assertThat(jobs(keep)).containsExactly("first", "second", "third");
    put(keep, "fourth", 50);
    assertThat(jobs(keep)).containsExactly("third", "fourth");
    assertThat(temp.resolve("unsent/first")).doesNotExist();
  }

  @Test
  void theNewestStaysHoweverBig() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "first", 10);
    put(keep, "big", 1000);
    assertThat(jobs(keep)).containsExactly("big");
  }

  @Test
  void theOldGoWithTime() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "old", 10);
    time.advance(Duration.ofDays(29));
    put(keep, "young", 10);
    assertThat(jobs(keep)).containsExactly("old", "young");
    time.advance(Duration.ofDays(2));
    put(keep, "new", 10);
    assertThat(jobs(keep)).containsExactly("young", "new");
  }

  @Test
  void passesOverWhatIsNoNote() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "good", 10);
    Path folder = Files.createDirectories(temp.resolve("unsent/bad"));
    Files.writeString(folder.resolve("a.mp4"), "video");
    Files.writeString(folder.resolve("a.mp4.json"), "{\"when\":\"yesterday\"}");
    Files.writeString(folder.resolve("gone.mp4.json"), "{}");
    assertThat(jobs(keep)).containsExactly("good");
    assertThat(folder.resolve("a.mp4")).exists();
  }

  @Test
  void removesWhatADyingWorkerLeft() throws Exception {
    Path folder = Files.createDirectories(temp.resolve("unsent/dead"));
    Path torn = Files.writeString(folder.resolve(".x.part"), "half a video");
    Path fresh = Files.writeString(folder.resolve(".y.part"), "being written");
    Files.setLastModifiedTime(torn, FileTime.from(time.now().minus(Duration.ofDays(2))));
    Files.setLastModifiedTime(fresh, FileTime.from(time.now()));
    put(keep(100), "job", 10);
    assertThat(torn).doesNotExist();
    assertThat(fresh).exists();
  }

  @Test
  void aDamagedVideoIsNotSent() throws Exception {
    Path kept = keep(100).keep("j", "p/j/a.mp4", video(9), "a.mp4", "x");
    Files.write(kept, new byte[] {1});
    Unsent unsent =
        Unsent.of(
            StorageSettings.from(
                Map.of("GCS_BUCKET", "videos", "KEEP_DIR", temp.resolve("unsent").toString())));
    assertThatThrownBy(() -> unsent.send(unsent.list().getFirst(), UploadProgress.NONE))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("is damaged");
    assertThat(kept).exists();
  }
}
