package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.Prompt.Upload;
import dev.ltx2.worker.input.Inputs;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobFilesTest {
  private static final Path ONE = Path.of("/in/1.png");
  private static final Path TWO = Path.of("/in/2.png");
  private static final Path AUDIO = Path.of("/in/audio.wav");

  private static String id(String job) {
    return JobFiles.of(job, new Inputs(List.of(ONE), Optional.empty())).id();
  }

  /** An id from outside becomes part of a path inside ComfyUI. */
  @Test
  void idsAreHarmlessAndShort() {
    assertThat(id("5f2c-e1")).matches("5f2c-e1-[0-9a-f]{8}");
    assertThat(id("../ü b.c")).matches("____b_c-[0-9a-f]{8}".replace("____", "_{5}"));
    assertThat(id("a".repeat(64))).matches("a{64}-[0-9a-f]{8}");
    assertThat(id("a".repeat(65))).matches("a{64}-[0-9a-f]{8}");
  }

  /** ComfyUI answers an equal graph with the first run's files. */
  @Test
  void everyRunHasNamesOfItsOwn() {
    assertThat(id("job")).isNotEqualTo(id("job"));
  }

  @Test
  void aFileThatIsUsedTwiceIsUploadedOnce() {
    JobFiles files = JobFiles.of("job", new Inputs(List.of(ONE, TWO, ONE), Optional.of(AUDIO)));
    String folder = "jobs/" + files.id() + "/";
    assertThat(files.uploads())
        .containsExactly(
            new Upload(ONE, folder + "1.png"),
            new Upload(TWO, folder + "2.png"),
            new Upload(AUDIO, folder + "audio.wav"));
  }
}
