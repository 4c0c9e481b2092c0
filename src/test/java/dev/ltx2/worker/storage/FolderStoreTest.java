package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FolderStoreTest {
  @TempDir Path temp;
  private Path video;
  private FolderStore store;

  @BeforeEach
  void makeVideo() throws IOException {
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);
    video = Files.write(temp.resolve("work.mp4"), bytes);
    store = new FolderStore(temp.resolve("output"));
  }

  @Test
  void putsTheVideoUnderItsJob() throws Exception {
    Stored stored = store.store("3f1c-e1", video, "a.mp4");
    assertThat(stored).isEqualTo(new Stored.Local(temp.resolve("output/3f1c-e1/a.mp4")));
    assertThat(temp.resolve("output/3f1c-e1")).isDirectoryContaining("glob:**/a.mp4");
    assertThat(temp.resolve("output/3f1c-e1/a.mp4")).hasSameBinaryContentAs(video);
    assertThat(video).exists();
  }

  @Test
  void aJobRunAgainReplacesItsOwnVideo() throws Exception {
    store.store("job", video, "a.mp4");
    Path second = Files.writeString(temp.resolve("second.mp4"), "second");
    store.store("job", second, "a.mp4");
    try (var files = Files.list(temp.resolve("output/job"))) {
      assertThat(files).singleElement().satisfies(f -> assertThat(f).hasContent("second"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"..", ".", "../../etc", "/etc", "a/b", "a\\b", "", "nul\0", "\n", "Füße", ".x"})
  void noJobIdLeavesTheFolder(String id) throws Exception {
    Path file = ((Stored.Local) store.store(id, video, "a.mp4")).file();
    assertThat(file.normalize().getParent().getParent()).isEqualTo(temp.resolve("output"));
    assertThat(file).isEqualTo(file.normalize()).exists();
  }

  @ParameterizedTest
  @CsvSource({"a/b,a%2Fb", "..,%2E.", "sync-1f-e2,sync-1f-e2", "a%2Fb,a%252Fb", "ü,%C3%BC"})
  void encodesWhatIsNotPlain(String id, String name) {
    assertThat(SafeName.ofJob(id)).isEqualTo(name);
  }

  @Test
  void longIdsStayApart() {
    String first = SafeName.ofJob("x".repeat(5000) + "1");
    assertThat(first).hasSizeLessThan(200).isNotEqualTo(SafeName.ofJob("x".repeat(5000) + "2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../a.mp4", "a/b.mp4", ".hidden", "a\0.mp4", "a\\b"})
  void refusesFileNamesThatArePaths(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.store("job", video, name))
        .withMessageStartingWith("Not a plain file name");
  }

  @Test
  void aFullDiskIsSaidAndLeavesNothing() throws Exception {
    try (RandomAccessFile sparse = new RandomAccessFile(video.toFile(), "rw")) {
      sparse.setLength(1L << 42); // more than any test machine has free, and takes no space itself
    }
    assertThatThrownBy(() -> store.store("job", video, "a.mp4"))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("OUTPUT_DIR (" + temp.resolve("output") + ")")
        .hasMessageContaining("no space left");
    assertThat(temp.resolve("output/job")).isEmptyDirectory();
  }

  @Test
  void aFileInTheWayIsSaid() throws Exception {
    Files.writeString(temp.resolve("output"), "not a folder");
    assertThatThrownBy(() -> store.store("job", video, "a.mp4"))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("OUTPUT_DIR");
  }
}
