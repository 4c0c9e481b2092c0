package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a real ComfyUI ran again, of a graph with two stages, after a job that differed in this. */
class CachedRecordingsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> LOADERS =
      Set.of(
          "CheckpointLoaderSimple",
          "LTXAVTextEncoderLoader",
          "LTXVAudioVAELoader",
          "LatentUpscaleModelLoader",
          "LoraLoaderModelOnly");

  private record Run(JsonNode graph, Set<String> cached) {
    static Run of(String name) throws IOException {
      Set<String> cached = Set.of();
      for (String line : Files.readAllLines(PlayedRecording.FOLDER.resolve(name + ".jsonl"))) {
        JsonNode event = JSON.readTree(line).path("ws");
        if (event.path("type").asText().equals("execution_cached")) {
          cached =
              StreamSupport.stream(event.at("/data/nodes").spliterator(), false)
                  .map(JsonNode::asText)
                  .collect(Collectors.toSet());
        }
      }
      return new Run(PlayedRecording.of(name).graph(), cached);
    }

    Set<String> again() {
      Set<String> again = new TreeSet<>();
      graph.fieldNames().forEachRemaining(again::add);
      again.removeAll(cached);
      return again;
    }

    List<String> typesRunAgain() {
      return again().stream().map(id -> graph.path(id).path("class_type").asText()).toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cached-seed-changed, 0",
    "cached-image-changed, 0",
    "cached-seed-and-images-changed, 0",
    "cached-prompt-changed, 1",
    "cached-other-mode, 1",
  })
  void modelsLorasAndTextsStayLoaded(String name, int textsReadAgain) throws IOException {
    Run run = Run.of(name);
    assertThat(run.cached()).isNotEmpty();
    assertThat(run.typesRunAgain()).doesNotContainAnyElementsOf(LOADERS);
    assertThat(run.typesRunAgain().stream().filter("CLIPTextEncode"::equals))
        .hasSize(textsReadAgain);
    assertThat(run.again()).as("the job's own file").contains("save_video");
  }
}
