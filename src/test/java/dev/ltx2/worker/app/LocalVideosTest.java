package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.storage.StorageSettings;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Videos of the local API, which end among its files where they cannot go elsewhere. */
class LocalVideosTest {
  @TempDir private Path temp;

  private Stored.Local served(Target target, int bytes) throws Exception {
    FileFolder files = new FileFolder(temp, Clock.SYSTEM);
    VideoStore store =
        new LocalVideos(files)
            .store(StorageSettings.from(Map.of("KEEP_DIR", temp.resolve("kept").toString())));
    Path video = Files.write(temp.resolve("made.mp4"), new byte[bytes]);

    Stored stored = store.store("job", video, "a.mp4", target, UploadListener.NONE);

    assertThat(stored).isInstanceOf(Stored.Local.class);
    Stored.Local local = (Stored.Local) stored;
    assertThat(local.file()).hasSameBinaryContentAs(video).isNotEqualTo(video);
    assertThat(files.ofAddress("http://localhost:8000/files/" + local.file().getFileName()))
        .isPresent();
    assertThat(local.fileName()).isEqualTo("a.mp4");
    return local;
  }

  @Test
  void withoutABucketThereIsNothingToTell() throws Exception {
    assertThat(served(new Target.None(), 1000).storeError()).isEmpty();
  }

  /** Also one that would not have fitted into an answer. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 11_000_000})
  void aPlaceThatCannotBeUsedIsTold(int bytes) throws Exception {
    Target target = new Target.PresignedPut(HttpUrl.get("http://127.0.0.1:1/a"), Map.of());
    assertThat(served(target, bytes).storeError().orElseThrow())
        .contains("output_url upload failed");
  }
}
