package dev.ltx2.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.Time;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.rehearsal.Fault;
import dev.ltx2.worker.rehearsal.Faults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.storage.Stored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in ComfyUI, as the client reads it. */
class FailuresTest {
  @TempDir private Path temp;

  @Test
  void aGraphThatComfyUiRefuses() throws Exception {
    JobFailure failure = run(edited("VAEDecodeTiled", "NoSuchNode"), Faults.none(), 60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GRAPH_REJECTED);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure)
        .hasMessageContaining("decoded")
        .hasMessageContaining("node type NoSuchNode");
  }

  @Test
  void aFilmThatIsTooShort() throws Exception {
    JobFailure failure =
        run(
            edited("\"bind\": {\"length\": \"delivered_frames\"}", "\"bind\": {}"),
            Faults.none(),
            60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
    assertThat(failure).hasMessage("The generated video has 5 frames, 31 are needed");
  }

  @Test
  void aFilmAtAnotherSpeed() throws Exception {
    JobFailure failure =
        run(
            edited("\"bind\": {\"fps\": \"fps\"}", "\"bind\": {\"fps\": \"steps\"}"),
            Faults.none(),
            60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
    assertThat(failure)
        .hasMessage("ComfyUI made a film of 128x96 at 8.00 fps where 128x96 at 23 fps was planned");
  }

  @Test
  void aGenerationThatTakesTooLong() throws Exception {
    JobFailure failure =
        run(Path.of("workflows"), Faults.of(new Fault.SlowSteps(Duration.ofMillis(300))), 1_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_TIMEOUT);
    assertThat(failure.retryable()).isTrue();
    assertThat(failure).hasMessage("Generation timeout: no result within 1 s");
  }

  @Test
  void aGpuThatFails() throws Exception {
    JobFailure failure =
        run(Path.of("workflows"), Faults.of(new Fault.CudaFault("sampled")), 60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GPU_FAULT);
    assertThat(failure.refreshWorker()).isTrue();
  }

  private JobFailure run(Path workflows, Faults faults, int timeoutMillis) throws Exception {
    Path folder = temp.resolve("comfyui");
    try (Rehearsal rehearsal = Rehearsal.start(folder, faults, Time.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Time.SYSTEM)) {
      VideoJob job =
          new VideoJob(
              new Downloads(
                  Downloads.Options.DEFAULTS.withFiles(
                      Path.of("test-fixtures/media").toAbsolutePath()),
                  Time.SYSTEM),
              Workflows.load(workflows),
              comfyUi,
              (id, film, name) -> new Stored.Local(film),
              new VideoJob.Options("rehearsal", Duration.ofMillis(timeoutMillis), true),
              Time.SYSTEM,
              new Random(1));
      String request =
          "{\"image_url\":\"portrait.jpg\",\"duration\":1.3,\"buffer_seconds\":0,\"fps\":23,"
              + "\"width\":128,\"height\":96,\"steps\":8}";
      return catchThrowableOfType(
          JobFailure.class,
          () -> job.run(new Job("fails", new ObjectMapper().readTree(request)), JobListener.NONE));
    }
  }

  /** The workflows, with one thing changed in that of mode 2. */
  private Path edited(String what, String instead) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("workflows"));
    for (String name :
        new String[] {"lipsync", "audio-gen", "multiframe-lipsync", "multiframe-audio-gen"}) {
      String file = name + ".json";
      String text = Files.readString(Path.of("workflows", file));
      if (name.equals("audio-gen")) {
        assertThat(text).contains(what);
        text = text.replace(what, instead).replace("\"length\": 181", "\"length\": 5");
      }
      Files.writeString(folder.resolve(file), text);
    }
    return folder;
  }
}
