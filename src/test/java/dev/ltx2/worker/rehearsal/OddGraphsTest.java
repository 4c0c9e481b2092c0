package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Odd graphs end as they did on ComfyUI v0.33.0, whose answers, errors, video and audio lengths are
 * in {@code odd-graphs.jsonl} and {@code odd-two-stage-graphs.jsonl}: a recorded graph with some
 * nodes changed. Stack traces are left out, and the texts of errors that come from tensors.
 */
class OddGraphsTest {
  @TempDir static Path folder;
  private static Rehearsal rehearsal;
  private static Client client;

  static List<JsonNode> cases() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String file : List.of("odd-graphs.jsonl", "odd-two-stage-graphs.jsonl")) {
      Files.readAllLines(Path.of("test-fixtures/comfyui", file))
          .forEach(line -> cases.add(json(line)));
    }
    return cases;
  }

  private static JsonNode json(String line) {
    try {
      return Client.MAPPER.readTree(line);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @BeforeAll
  static void start() throws IOException {
    Graphs.images(folder);
    Graphs.keyframes(folder);
    rehearsal = LtxRehearsal.start(folder);
    client = new Client(rehearsal.url());
  }

  @AfterAll
  static void stop() {
    client.close();
    rehearsal.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void endsAsOnComfyUi(JsonNode recorded) throws IOException, MediaException, InterruptedException {
    boolean twoStages = recorded.has("base");
    ObjectNode graph =
        twoStages ? Recording.read(recorded.path("base").asText()).graph() : Graphs.multiframe();
    String video = twoStages ? "save_video" : "save";
    String audio = twoStages ? "save_audio" : "asave";
    recorded
        .path("change")
        .properties()
        .forEach(change -> {
          if (change.getValue().isNull()) {
            graph.remove(change.getKey());
          } else {
            graph.set(change.getKey(), change.getValue().deepCopy());
          }
        });
    Client.Answer answer = client.prompt(graph);
    assertThat(answer.status()).isEqualTo(recorded.path("status").intValue());
    assertThat(comparable(answer.body())).isEqualTo(comparable(recorded.path("body")));
    if (!recorded.has("end")) {
      return;
    }
    JsonNode entry = client.history(answer.body().path("prompt_id").asText());
    assertThat(entry.at("/status/status_str")).isEqualTo(recorded.path("end"));
    if (recorded.has("error")) {
      JsonNode error = entry.at("/status/messages/2/1");
      JsonNode expected = recorded.path("error");
      if (!expected.isEmpty()) {
        assertThat(error.path("node_id")).isEqualTo(expected.path("node"));
        assertThat(error.path("exception_type")).isEqualTo(expected.path("type"));
        assertThat(error.path("exception_message").asText())
            .startsWith(expected.path("message").asText());
      }
    }
    if (recorded.has("film")) {
      Mp4 mp4 = Mp4.measure(Graphs.path(folder, Graphs.file(entry, video)));
      assertThat(List.of(mp4.width(), mp4.height(), mp4.frames()))
          .isEqualTo(ints(recorded.path("film")));
    }
    if (recorded.has("sound") && entry.path("outputs").has(audio)) {
      AudioFile sound = AudioFile.measure(Graphs.path(folder, Graphs.file(entry, audio)));
      assertThat(sound.seconds()).isEqualTo(recorded.path("sound").asDouble(), within(1e-3));
    }
  }

  private static List<Integer> ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::intValue).toList();
  }

  /** A node's errors come in no order on ComfyUI, which walks a set. */
  private static JsonNode comparable(JsonNode body) {
    if (!(Recording.normal(body) instanceof ObjectNode copy)) {
      return body;
    }
    for (JsonNode node : copy.path("node_errors")) {
      ArrayNode errors = (ArrayNode) node.path("errors");
      List<JsonNode> sorted =
          StreamSupport.stream(errors.spliterator(), false)
              .sorted(Comparator.comparing(JsonNode::toString))
              .toList();
      errors.removeAll().addAll(sorted);
    }
    return copy;
  }
}
