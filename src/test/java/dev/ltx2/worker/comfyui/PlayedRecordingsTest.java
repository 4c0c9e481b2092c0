package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every recorded session of the real ComfyUI, played back over real sockets. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlayedRecordingsTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"success-multiframe", "success-partly-cached", "success-fully-cached"})
  void successes(String name) throws Exception {
    PlayedRecording recording = PlayedRecording.of(name).writingTo("jobs/a");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, recording)) {
      lab.server.files.put("jobs/a/" + video(recording), new byte[] {1, 2, 3});
      lab.server.files.put("jobs/a/" + audio(recording), new byte[] {4});
      Generated generated = lab.run(prompt(recording));

      assertThat(Files.readAllBytes(generated.video())).containsExactly(1, 2, 3);
      assertThat(Files.readAllBytes(generated.audio().orElseThrow())).containsExactly(4);
      assertThat(generated.attempts()).isEqualTo(1);
      assertThat(lab.server.history).isEmpty();
      List<Double> fractions = lab.heard.stream().map(Lab.Heard::fraction).toList();
      assertThat(fractions).isSorted().endsWith(1.0);
      if (!name.equals("success-fully-cached")) {
        assertThat(lab.heard)
            .filteredOn(heard -> heard.steps() == 2)
            .extracting(Lab.Heard::step)
            .containsSubsequence(1, 2);
        assertThat(lab.heard).extracting(Lab.Heard::node).contains("ks", "dec", "save");
      }
    }
  }

  /** Two samplers are one row of steps: 8 of 11, then 9, never 1 of 3; whatever else is cached. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "success-two-stage-ltx2",
        "success-two-stage-ltx23",
        "success-two-stage-ltx25",
        "cached-seed-changed",
        "cached-image-changed",
        "cached-seed-and-images-changed",
        "cached-prompt-changed",
        "cached-other-mode"
      })
  void twoStages(String name) throws Exception {
    PlayedRecording recording = PlayedRecording.of(name).writingTo("jobs/a");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, recording)) {
      lab.server.files.put("jobs/a/video_00001_.mp4", new byte[] {1, 2, 3});
      lab.server.files.put("jobs/a/audio_00001.flac", new byte[] {4});
      Generated generated = lab.run(prompt(recording));

      assertThat(Files.readAllBytes(generated.video())).containsExactly(1, 2, 3);
      assertThat(generated.audio().isPresent()).isEqualTo(!name.equals("cached-other-mode"));
      assertThat(lab.heard.stream().map(Lab.Heard::fraction).toList()).isSorted().endsWith(1.0);
      List<Integer> steps = lab.heard.stream().map(Lab.Heard::step).distinct().toList();
      assertThat(steps).containsExactly(0, 1, 8, 9, 11);
      assertThat(lab.heard)
          .filteredOn(heard -> heard.step() > 0)
          .extracting(Lab.Heard::steps)
          .containsOnly(11);
    }
  }

  @Test
  void anEqualGraphAnswersWithTheFirstRunsFile() throws Exception {
    PlayedRecording recording = PlayedRecording.of("success-fully-cached");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, recording)) {
      assertThat(failure(lab, recording))
          .hasMessageContaining("a file of another job (job/video_00006_.mp4)")
          .hasMessageContaining("must start with jobs/a/")
          .extracting("kind")
          .isEqualTo(Kind.FAILED);
      assertThat(lab.server.count("GET /view")).isZero();
    }
  }

  @Test
  void executionError() throws Exception {
    PlayedRecording recording = PlayedRecording.of("execution-error");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, recording)) {
      ComfyUiException failure = failure(lab, recording);
      assertThat(failure.kind()).isEqualTo(Kind.FAILED);
      assertThat(failure)
          .hasMessage(
              "ComfyUI failed in LTXVAddGuide (guide1): AssertionError: Conditioning frames exceed"
                  + " the length of the latent sequence.");
      assertThat(lab.server.history).isEmpty();
    }
  }

  @Test
  void timeoutInterruptsThatPromptOnly() throws Exception {
    PlayedRecording recording = PlayedRecording.of("interrupted");
    ManualTime time = ManualTime.frozen();
    try (Lab lab = new Lab(dir, time, recording)) {
      Lab.Running running = lab.start(prompt(recording));
      Awaitility.await().until(() -> lab.heard.stream().anyMatch(h -> h.steps() == 40));
      assertThat(lab.server.count("POST /interrupt")).isZero();
      time.advance(Lab.LIMIT.plusMillis(1));
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
      assertThat(failure).hasMessage("Generation timeout: no result within 600 s");
      assertThat(lab.server.calls)
          .contains(
              "POST /interrupt {\"prompt_id\":\"%s\"}".formatted(lab.server.plays.getFirst().id));
      assertThat(lab.guard.restarts).isEmpty();
      assertThat(lab.server.history).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rejected-empty        | Prompt has no outputs
          rejected-no-outputs   | Prompt has no outputs
          rejected-missing-node | guide0: Node 'NoSuchNode' not found. The custom node may not be installed.
          rejected-link-type    | VAEDecodeTiled (dec): samples: Return type mismatch between linked nodes, received_type(CONDITIONING) mismatch input_type(LATENT)
          rejected-validation   | CheckpointLoaderSimple (ckpt): ckpt_name: Value not in list, 'missing.safetensors' not in ['ltx-2-19b-dev-fp8.safetensors', 'ltx-2-19b-distilled-fp8.safetensors', 'ltx-2-19b-distilled.safetensors', 'ltx-2.3-22b-dev-fp8.safetensors', 'ltx-2.3-22b-distilled-fp8.safetensors']; LoadImage (img0): image: Custom validation failed for node, Invalid image file: nope.png; LTXVAddGuide (guide0): strength: Value 11.0 bigger than max of 10.0; CreateVideo (vid): fps: Required input is missing
          """)
  void rejections(String name, String text) throws Exception {
    PlayedRecording recording = PlayedRecording.of(name);
    ObjectNode graph = ComfyUiHttp.JSON.createObjectNode();
    for (String node : List.of("ckpt", "img0", "vid", "dec", "guide0")) {
      String type =
          switch (node) {
            case "ckpt" -> "CheckpointLoaderSimple";
            case "img0" -> "LoadImage";
            case "vid" -> "CreateVideo";
            case "dec" -> "VAEDecodeTiled";
            default -> name.equals("rejected-validation") ? "LTXVAddGuide" : "";
          };
      graph.putObject(node).put("class_type", type);
    }
    try (Lab lab = new Lab(dir, Clock.SYSTEM, recording)) {
      ComfyUiException failure =
          catchThrowableOfType(
              ComfyUiException.class,
              () -> lab.run(new Prompt("a", graph, List.of(), List.of(), Lab.LIMIT)));
      assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
      assertThat(failure).hasMessage("ComfyUI rejected the graph: " + text);
      // A 200 with node errors runs its valid branches: it is cancelled and forgotten.
      assertThat(lab.server.count("POST /interrupt") > 0)
          .isEqualTo(name.equals("rejected-link-type"));
      assertThat(lab.server.history).isEmpty();
      assertThat(lab.server.queue).isEmpty();
    }
  }

  private static ComfyUiException failure(Lab lab, PlayedRecording recording) {
    return catchThrowableOfType(ComfyUiException.class, () -> lab.run(prompt(recording)));
  }

  private static Prompt prompt(PlayedRecording recording) {
    return new Prompt("a", recording.graph(), List.of(), List.of(), Lab.LIMIT);
  }

  private static String video(PlayedRecording recording) {
    return file(recording, "save", "images");
  }

  private static String audio(PlayedRecording recording) {
    return file(recording, "asave", "audio");
  }

  private static String file(PlayedRecording recording, String node, String list) {
    return recording.outputs().path(node).path(list).path(0).path("filename").asText();
  }
}
