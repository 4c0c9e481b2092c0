package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.output.OutputPlace;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

class OutputTargetsTest {
  private static final HttpUrl URL = HttpUrl.get("https://s.example.com/v");
  private static final VideoStore ANY = (_, video, _, _, _) -> new Stored.Local(video);

  @Test
  void everyPlaceHasItsTarget() throws Exception {
    assertThat(OutputTargets.of(new OutputPlace.Usual(), ANY)).isEqualTo(new Target.None());
    assertThat(OutputTargets.of(new OutputPlace.Address(URL, Map.of("a", "b")), ANY))
        .isEqualTo(new Target.PresignedPut(URL, Map.of("a", "b")));
    assertThat(OutputTargets.of(new OutputPlace.S3Config(URL, "videos", "id", "key"), ANY))
        .isEqualTo(new Target.JobBucket(URL, "videos", "id", "key"));
  }

  @Test
  void whatTheStoreRefusesIsAFaultOfItsField() {
    VideoStore picky =
        new VideoStore() {
          @Override
          public Stored store(
              String id, Path video, String name, Target target, UploadListener listener) {
            throw new AssertionError("nothing was made");
          }

          @Override
          public Optional<String> refusal(Target target) {
            return Optional.of("output_url is of a private network");
          }
        };
    assertThatThrownBy(() -> OutputTargets.of(new OutputPlace.Address(URL, Map.of()), picky))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> assertThat(e.faults().getFirst().field()).isEqualTo("output_url"))
        .hasMessageContaining("of a private network");
  }
}
