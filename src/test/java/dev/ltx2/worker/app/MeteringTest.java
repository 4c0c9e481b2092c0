package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteringTest {
  @TempDir private Path folder;

  private static final class Remembering implements VideoStore {
    private final List<Target> seen = new ArrayList<>();

    @Override
    public Optional<String> refusal(Target target) {
      return Optional.of("not " + target.label());
    }

    @Override
    public Stored store(
        String jobId, Path file, String fileName, Target target, UploadListener listener) {
      seen.add(target);
      return new Stored.Local(file);
    }
  }

  /** A store that is counted is the same store: a request's own place goes through. */
  @Test
  void countingChangesNoPlace() throws Exception {
    Remembering store = new Remembering();
    Metering metering = Metering.on();
    VideoStore counted = metering.over(store);
    Path video = Files.write(folder.resolve("a.mp4"), new byte[1234]);
    Target target =
        new Target.PresignedPut(HttpUrl.get("https://bucket.example.com/a?signature=x"), Map.of());

    counted.store("job", video, "a.mp4", target, UploadListener.NONE);
    counted.store("job", video, "a.mp4", new Target.None(), UploadListener.NONE);

    assertThat(store.seen).containsExactly(target, new Target.None());
    assertThat(counted.refusal(target)).contains("not output_url");
    String text = new String(metering.metrics().orElseThrow().text(), StandardCharsets.UTF_8);
    assertThat(text).contains("ltx2_bytes_total{kind=\"video\"} 2468.0");
  }
}
