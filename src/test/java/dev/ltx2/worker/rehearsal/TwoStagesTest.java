package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.rehearsal.ltx.Tone;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs of two stages: half the size, a latent upscaler, the full size. */
class TwoStagesTest {
  @TempDir Path folder;
  private Rehearsal rehearsal;
  private Client client;

  @BeforeEach
  void start() throws Exception {
    Graphs.images(folder);
    Graphs.keyframes(folder);
    AudioWriter.flac(folder.resolve("input/speech1.mp3"), Tone.samples(2, 16_000), 16_000);
    rehearsal = LtxRehearsal.start(folder);
    client = new Client(rehearsal.url());
  }

  @AfterEach
  void stop() {
    client.close();
    rehearsal.close();
  }

  private JsonNode run(ObjectNode graph) throws Exception {
    Client.Answer answer = client.prompt(graph);
    assertThat(answer.body().path("node_errors")).as(answer.body().toString()).isEmpty();
    return client.history(answer.body().path("prompt_id").asText());
  }

  private Path video(ObjectNode graph) throws Exception {
    JsonNode entry = run(graph);
    assertThat(entry.at("/status/status_str").asText())
        .as(entry.at("/status/messages/2").toString())
        .isEqualTo("success");
    return Graphs.path(folder, Graphs.file(entry, "save_video"));
  }

  /** The recorded graph of two stages with guides at 0, 24 and 48 of 49 frames, 192x128. */
  private static ObjectNode recorded(String family) throws Exception {
    return Recording.read("success-two-stage-" + family).graph();
  }

  /** As recorded: what runs, in which order, what is cached, what is told of the steps. */
  @Test
  void runsTheRecordedSessionsAsComfyUiDid() throws Exception {
    replay("success-two-stage-ltx2", true);
    replay("success-two-stage-ltx23", true);
    replay("cached-seed-changed", false);
    replay("cached-image-changed", false);
    replay("cached-seed-and-images-changed", false);
    replay("cached-prompt-changed", false);
    replay("cached-other-mode", false);
    replay("success-two-stage-ltx25", true);
  }

  /**
   * Before some recordings ComfyUI ran what was not recorded: then what it had kept of that is left
   * out of the comparison.
   */
  private void replay(String name, boolean otherBefore) throws Exception {
    // ComfyUI walks the outputs in an order of its start, here the video first; the rehearsal goes
    // by the alphabet.
    Recording recorded = Recording.read(name).renamed("save_audio", "save_with_audio");
    try (Client listening = new Client(rehearsal.url()).connect()) {
      listening.event();
      Client.Answer answer = listening.prompt(recorded.graph());
      assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
      List<JsonNode> events = listening.untilEnd(event -> {});
      JsonNode entry = listening.history(answer.body().path("prompt_id").asText());
      assertThat(entry.at("/status/status_str").asText()).as(name).isEqualTo("success");
      Set<String> cached = new HashSet<>(cached(recorded.events()));
      Set<String> ours = new HashSet<>(cached(events));
      if (otherBefore) {
        cached.addAll(ours);
        ours = cached;
      } else {
        assertThat(ours).as(name).isEqualTo(cached);
      }
      assertThat(brief(events, ours)).as(name).isEqualTo(brief(recorded.events(), ours));
      assertThat(Recording.normal(entry.path("outputs")))
          .as(name)
          .isEqualTo(Recording.normal(recorded.history().path("outputs")));
    }
  }

  private static List<String> cached(List<JsonNode> events) {
    List<String> nodes = new ArrayList<>();
    events.stream()
        .filter(event -> Client.is(event, "execution_cached"))
        .forEach(event -> event.at("/data/nodes").forEach(node -> nodes.add(node.asText())));
    return nodes;
  }

  /** ComfyUI sends steps at most every 0.1 s, but the first and the last of a sampler always. */
  private static List<String> brief(List<JsonNode> events, Set<String> but) {
    List<String> brief = new ArrayList<>();
    for (JsonNode event : events) {
      JsonNode data = event.path("data");
      String node = data.path("node").asText();
      if (but.contains(node)) {
        continue;
      }
      int value = data.path("value").asInt();
      int max = data.path("max").asInt();
      switch (event.path("type").asText()) {
        case "executing" -> brief.add("executing " + node);
        case "executed" -> brief.add("executed " + node + " " + data.path("output"));
        case "progress" -> {
          if (value == 1 || value == max) {
            brief.add("progress " + node + " " + value + " of " + max);
          }
        }
        default -> {}
      }
    }
    return brief;
  }

  @ParameterizedTest
  @CsvSource({"ltx2, 24000", "ltx23, 48000", "ltx25, 48000"})
  void soundIsStereoOfTheModelsRate(String family, int rate) throws Exception {
    JsonNode entry = run(recorded(family));
    AudioFile audio = AudioFile.measure(Graphs.path(folder, Graphs.file(entry, "save_audio")));
    assertThat(audio.sampleRate()).isEqualTo(rate);
    assertThat(audio.channels()).isEqualTo(2);
    assertThat(audio.seconds()).isEqualTo(1.97);
  }

  /** Cut to the right count, the film was still sampled with 24 frames too many: it says so. */
  @Test
  void guidesOfTheFirstStageInTheSecondAreSeen() throws Exception {
    ObjectNode graph = recorded("ltx2");
    assertThat(isWrong(graph)).isFalse();
    Graphs.link(graph, "upscaled", "samples", "separated1", 0);
    assertThat(Mp4.measure(video(graph)).frames()).isEqualTo(49);
    assertThat(isWrong(graph)).isTrue();
    Graphs.link(graph, "video", "images", "decoded", 0);
    Path video = video(graph);
    assertThat(Mp4.measure(video).frames()).isEqualTo(49 + 24);
    Bitmap junk = ImageReader.frames(video, List.of(60)).getFirst();
    assertThat(new Color(junk.rgb(96, 64)).getRed()).isGreaterThan(100);
  }

  /** Four guides of the half size have the tokens of one of the full size: nothing fails. */
  @Test
  void fourGuidesOfTheFirstStagesPromptPassAndAreSeen() throws Exception {
    ObjectNode graph = recorded("ltx2");
    for (int stage = 1; stage <= 2; stage++) {
      String last = "guide%d_2".formatted(stage);
      String fourth = "guide%d_3".formatted(stage);
      graph.set(fourth, graph.path(last).deepCopy());
      Graphs.set(graph, fourth, "frame_idx", 36);
      for (int output = 0; output < 3; output++) {
        String input = List.of("positive", "negative", "latent").get(output);
        Graphs.link(graph, fourth, input, last, output);
      }
      Graphs.link(graph, "av_latent" + stage, "video_latent", fourth, 2);
      for (String node : List.of("guider", "cropped")) {
        Graphs.link(graph, node + stage, "positive", fourth, 0);
        Graphs.link(graph, node + stage, "negative", fourth, 1);
      }
    }
    assertThat(isWrong(graph)).isFalse();
    Graphs.link(graph, "guider2", "positive", "guide1_3", 0);
    assertThat(isWrong(graph)).isTrue();
  }

  /** Whether the first frame's label is on red. */
  private boolean isWrong(ObjectNode graph) throws Exception {
    Bitmap frame = ImageReader.frames(video(graph), List.of(0)).getFirst();
    Color corner = new Color(frame.rgb(1, 1));
    return corner.getRed() > corner.getGreen() + 60;
  }

  /** As a set with sizes of its own does it: made at a multiple of 64, shown as asked for. */
  @Test
  void theLabelTellsTheGeneratedSizeWhereLessIsShown() throws Exception {
    ObjectNode graph = recorded("ltx2");
    ObjectNode cut = graph.putObject("cut").put("class_type", "ImageCrop").putObject("inputs");
    cut.put("width", 160).put("height", 112).put("x", 16).put("y", 8);
    Graphs.link(graph, "cut", "image", "decoded", 0);
    Graphs.link(graph, "delivered", "image", "cut", 0);
    Mp4 mp4 = Mp4.measure(video(graph));
    assertThat(List.of(mp4.width(), mp4.height(), mp4.frames())).containsExactly(160, 112, 49);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stable_diffusion", "lumina2"})
  void anotherKindOfTextEncoderIsNamed(String type) throws Exception {
    ObjectNode graph = recorded("ltx25");
    Graphs.set(graph, "text_encoder", "type", type);
    JsonNode error = run(graph).at("/status/messages/2/1");
    assertThat(error.path("node_id").asText()).isEqualTo("text_encoder");
    assertThat(error.path("exception_message").asText())
        .startsWith("The rehearsal loads text encoders of type ltxv only, not " + type);
  }
}
