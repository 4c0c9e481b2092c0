package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an attempt hears while it waits. */
sealed interface PromptEvent {
  /** The socket opened, or opened again: whatever happened before was not heard. */
  record SocketUp() implements PromptEvent {}

  /** The socket is gone. */
  record SocketDown() implements PromptEvent {}

  /** The process is gone, its supervisor says. */
  record ProcessDied(String how) implements PromptEvent {}

  /** Something that concerns one prompt. */
  sealed interface OfPrompt extends PromptEvent {
    String promptId();
  }

  /** It left the queue. */
  record Started(String promptId) implements OfPrompt {}

  /** These nodes need not run. */
  record Cached(String promptId, List<String> nodes) implements OfPrompt {}

  /** This node runs now. */
  record Executing(String promptId, String node) implements OfPrompt {}

  /** This node is done. */
  record Executed(String promptId, String node) implements OfPrompt {}

  /** Steps within a node. */
  record NodeSteps(String promptId, String node, int value, int max) implements OfPrompt {}

  /** It ended, well or not. */
  record Finished(String promptId) implements OfPrompt {}

  /** Makes an event of a message's data; empty for what no run needs. */
  @FunctionalInterface
  interface DataReader {
    Optional<? extends OfPrompt> read(String promptId, Optional<String> node, JsonNode data);
  }

  /** All types that are read; {@code progress_state} grows to megabytes and is none of them. */
  Map<String, DataReader> READERS =
      Map.of(
          "execution_start",
          (id, node, data) -> Optional.of(new Started(id)),
          "execution_cached",
          (id, node, data) -> Optional.of(new Cached(id, texts(data.path("nodes")))),
          "executing",
          (id, node, data) ->
              Optional.of(node.<OfPrompt>map(n -> new Executing(id, n)).orElse(new Finished(id))),
          "executed",
          (id, node, data) -> node.map(n -> new Executed(id, n)),
          "progress",
          (id, node, data) ->
              node.map(
                  n -> new NodeSteps(id, n, data.path("value").asInt(), data.path("max").asInt())),
          "execution_success",
          (id, node, data) -> Optional.of(new Finished(id)),
          "execution_error",
          (id, node, data) -> Optional.of(new Finished(id)),
          "execution_interrupted",
          (id, node, data) -> Optional.of(new Finished(id)));

  /** Reads a text frame; empty for what no run needs. */
  static Optional<OfPrompt> of(String frame) throws IOException {
    if (!concernsUs(frame)) {
      return Optional.empty();
    }
    JsonNode message = ComfyUiHttp.JSON.readTree(frame);
    JsonNode data = message.path("data");
    String id = data.path("prompt_id").asText("");
    if (id.isEmpty()) {
      // After a reconnect ComfyUI repeats "executing" without an id.
      return Optional.empty();
    }
    Optional<String> node = Optional.ofNullable(data.path("node").textValue());
    DataReader reader = READERS.get(message.path("type").asText());
    return reader == null
        ? Optional.empty()
        : reader.read(id, node, data).map(OfPrompt.class::cast);
  }

  /** Looks at the type alone, which ComfyUI writes first; an unusual order is read in full. */
  private static boolean concernsUs(String frame) throws IOException {
    try (JsonParser parser = ComfyUiHttp.JSON.createParser(frame)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      return !"type".equals(parser.nextFieldName())
          || (parser.nextToken() == JsonToken.VALUE_STRING
              && READERS.containsKey(parser.getText()));
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return List.copyOf(texts);
  }
}
