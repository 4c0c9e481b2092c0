package dev.ltx2.worker.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResizedFramesTest {
  private static final JsonMapper JSON = new JsonMapper();

  /** The images that are given are resized in every graph, which is as it should be. */
  @ParameterizedTest
  @ValueSource(strings = {"ltx-2", "ltx-2.3"})
  void onlyWhatWasDecodedCounts(String set) throws Exception {
    Path file = Path.of("workflows", set, "audio-gen.json");
    ObjectNode graph = (ObjectNode) JSON.readTree(file.toFile());
    assertThat(ResizedFrames.warnings(Workflow.parse("g", graph.toString()))).isEmpty();

    ObjectNode inputs = (ObjectNode) graph.path("video").path("inputs");
    ObjectNode scale = graph.putObject("bigger").put("class_type", "ImageScale");
    scale.putObject("inputs").put("upscale_method", "lanczos").set("image", inputs.get("images"));
    inputs.putArray("images").add("bigger").add(0);
    assertThat(ResizedFrames.warnings(Workflow.parse("g", graph.toString())))
        .singleElement()
        .asString()
        .startsWith("node 'bigger' (ImageScale) resizes the decoded video");
  }
}
