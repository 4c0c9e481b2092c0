package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A recorded session of ComfyUI v0.33.0, played back under the prompt id of who posts. */
record PlayedRecording(List<JsonNode> entries) implements ScriptedComfyUi.Script {
  static final Path FOLDER = Path.of("test-fixtures/comfyui/recordings");

  static PlayedRecording of(String name) {
    try {
      return new PlayedRecording(
          Files.readAllLines(FOLDER.resolve(name + ".jsonl")).stream()
              .map(PlayedRecording::tree)
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same with its files in another folder than the recorded one. */
  PlayedRecording writingTo(String folder) {
    return new PlayedRecording(
        entries.stream()
            .map(Object::toString)
            .map(e -> e.replaceAll("\"subfolder\":\"[^\"]+\"", "\"subfolder\":\"" + folder + '"'))
            .map(PlayedRecording::tree)
            .toList());
  }

  /** The posted graph, from the history. */
  ObjectNode graph() {
    return (ObjectNode) historyEntry().path("prompt").path(2);
  }

  JsonNode outputs() {
    return historyEntry().path("outputs");
  }

  @Override
  public void play(ScriptedComfyUi.Play play) throws Exception {
    String recordedId = posted().path("body").path("prompt_id").asText("no id");
    for (JsonNode entry : entries) {
      JsonNode mine = tree(entry.toString().replace(recordedId, play.id));
      if (mine.has("action")) {
        play.awaitStop();
      } else if (mine.path("http").asText().equals("POST /prompt")) {
        play.answer(mine.path("status").asInt(), mine.path("body").toString());
      } else if (mine.has("wsbin")) {
        play.binary(new byte[1 << 16]);
      } else if (mine.has("ws")) {
        // ComfyUI writes the history between execution_success and this last event.
        JsonNode event = mine.path("ws");
        if (event.path("type").asText().equals("executing")
            && event.path("data").path("node").isNull()) {
          play.end(historyEntry());
        }
        play.send(event.toString());
      }
    }
  }

  private JsonNode posted() {
    return entries.stream()
        .filter(e -> e.path("http").asText().equals("POST /prompt"))
        .findFirst()
        .orElseThrow();
  }

  private JsonNode historyEntry() {
    return entries.stream()
        .filter(e -> e.path("http").asText().startsWith("GET /history"))
        .findFirst()
        .orElseThrow()
        .path("body")
        .elements()
        .next();
  }

  private static JsonNode tree(String json) {
    try {
      return ComfyUiHttp.JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
