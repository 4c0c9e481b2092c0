package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.rehearsal.ltx.Tone;
import java.awt.Color;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The four workflows run as they stand, given the files they name. */
class RehearsedWorkflowsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lipsync", "audio-gen", "multiframe-lipsync", "multiframe-audio-gen"})
  void runsAsItStands(String name) throws Exception {
    JsonNode graph = Client.MAPPER.readTree(Path.of("workflows/ltx-2", name + ".json").toFile());
    int cut = 0;
    for (JsonNode node : graph) {
      JsonNode inputs = node.path("inputs");
      switch (node.path("class_type").asText()) {
        case "LoadImage" -> {
          Path file = input(inputs.path("image"));
          ImageIO.write(Graphs.image(640, 368, Color.GREEN), "png", file.toFile());
        }
        case "LoadAudio" ->
            AudioWriter.flac(input(inputs.path("audio")), Tone.samples(5, 16_000), 16_000);
        case "ImageFromBatch" -> cut = inputs.path("length").intValue();
        default -> {}
      }
    }
    try (Rehearsal rehearsal = LtxRehearsal.start(folder);
        Client client = new Client(rehearsal.url())) {
      Client.Answer answer = client.prompt(graph);
      assertThat(answer.body().path("node_errors").toString()).isEqualTo("{}");
      JsonNode entry = client.history(answer.body().path("prompt_id").asText());
      assertThat(entry.at("/status/status_str").asText()).as(entry.toString()).isEqualTo("success");
      for (JsonNode output : entry.path("outputs")) {
        if (output.has("images")) {
          JsonNode file = output.at("/images/0");
          assertThat(Mp4.measure(Graphs.path(folder, file)).frames()).isEqualTo(cut);
        }
      }
      assertThat(entry.path("outputs").findValues("images")).hasSize(1);
    }
  }

  private Path input(JsonNode name) throws Exception {
    Path file = folder.resolve("input").resolve(name.asText());
    Files.createDirectories(file.getParent());
    return file;
  }
}
