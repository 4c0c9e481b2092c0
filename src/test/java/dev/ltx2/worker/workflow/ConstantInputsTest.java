package dev.ltx2.worker.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstantInputsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path GRAPH = Path.of("workflows/ltx-2.3/audio-gen.json");

  /** A second node of the type keeps the binding, as a mode cannot do without some of them. */
  @ParameterizedTest
  @CsvSource({
    "latent, width, node 'own' (EmptyLTXVLatentVideo), 640",
    "latent, height, node 'own' (EmptyLTXVLatentVideo), 384",
    "latent, length, node 'own' (EmptyLTXVLatentVideo), 185",
    "conditioning, frame_rate, node 'own' (LTXVConditioning), 30.0",
    "video, fps, node 'own' (CreateVideo), 30.0",
    "audio_latent, frames_number, node 'own' (LTXVEmptyLatentAudio), 125",
    "cut, width, node 'own' (ImageCrop), 1280",
    "cut, height, node 'own' (ImageCrop), 736"
  })
  void aNumberThatIsLeftIsNamed(String node, String input, String named, String value)
      throws Exception {
    ObjectNode graph = (ObjectNode) JSON.readTree(GRAPH.toFile());
    ObjectNode own = graph.path(node).deepCopy();
    ((ObjectNode) own.path("_meta").path("bind")).remove(input);
    graph.set("own", own);
    assertThat(ConstantInputs.warnings(Workflow.parse("g", graph.toString())))
        .containsExactly(
            "%s, input '%s': is %s for every request: bind it".formatted(named, input, value));

    ((ObjectNode) own.path("inputs")).putArray(input).add("upscaler").add(0);
    assertThat(ConstantInputs.warnings(Workflow.parse("g", graph.toString()))).isEmpty();
  }

  @Test
  void theSetsLeaveNone() throws Exception {
    List<Path> graphs = graphs();
    assertThat(graphs).hasSize(20);
    for (Path file : graphs) {
      Workflow workflow = Workflow.parse(file.toString(), Files.readString(file));
      assertThat(ConstantInputs.warnings(workflow)).as(file.toString()).isEmpty();
    }
  }

  private static List<Path> graphs() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("workflows"))) {
      return files
          .filter(file -> file.toString().endsWith(".json") && !file.endsWith("set.json"))
          .sorted()
          .toList();
    }
  }
}
