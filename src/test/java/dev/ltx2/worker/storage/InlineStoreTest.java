package dev.ltx2.worker.storage;

import static dev.ltx2.worker.storage.StoreContract.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker of the platform without a bucket. */
class InlineStoreTest {
  @TempDir Path temp;

  private VideoStore store() {
    return VideoStores.of(
        StorageSettings.from(Map.of("KEEP_DIR", temp.resolve("unsent").toString())), Clock.SYSTEM);
  }

  @Test
  void aSmallVideoGoesIntoTheAnswer() throws Exception {
    Path video = Files.write(temp.resolve("a.mp4"), new byte[1000]);
    assertThat(put(store(), "job", video))
        .isEqualTo(new Stored.Inline(video, "GCS_BUCKET is not set"));
  }

  @Test
  void aBigOneIsKeptAndTheErrorSaysSo() throws Exception {
    Path video = Files.write(temp.resolve("a.mp4"), new byte[8_000_000]);
    Path kept = temp.resolve("unsent/job/a.mp4");
    assertThatThrownBy(() -> put(store(), "job", video))
        .isInstanceOf(StorageException.class)
        .hasMessage(
            "GCS_BUCKET is not set; the video of 8.0 MB is too big for the answer; it is kept at "
                + kept
                + ", from where it is sent once GCS_BUCKET is set");
    assertThat(kept).hasSize(8_000_000);
  }
}
