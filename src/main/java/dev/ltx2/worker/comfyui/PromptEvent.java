package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a run hears while it waits. */
sealed interface PromptEvent {
  /** The socket opened, or opened again: whatever happened before was not heard. */
  record SocketUp() implements PromptEvent {}

  /** The socket is gone. */
  record SocketDown() implements PromptEvent {}

  /** The process is gone, its supervisor says. */
  record Died(String how) implements PromptEvent {}

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
  record Steps(String promptId, String node, int value, int max) implements OfPrompt {}

  /** It ended, well or not. */
  record Ended(String promptId) implements OfPrompt {}

  /** The types that {@link #of} reads; {@code progress_state} grows to megabytes and is none. */
  Set<String> READ =
      Set.of(
          "execution_start",
          "execution_cached",
          "executing",
          "executed",
          "progress",
          "execution_success",
          "execution_error",
          "execution_interrupted");

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
    String node = data.path("node").isTextual() ? data.path("node").asText() : null;
    return switch (message.path("type").asText()) {
      case "execution_start" -> Optional.of(new Started(id));
      case "execution_cached" -> Optional.of(new Cached(id, texts(data.path("nodes"))));
      case "executing" -> Optional.of(node == null ? new Ended(id) : new Executing(id, node));
      case "executed" -> Optional.ofNullable(node).map(n -> new Executed(id, n));
      case "progress" ->
          Optional.ofNullable(node)
              .map(n -> new Steps(id, n, data.path("value").asInt(), data.path("max").asInt()));
      case "execution_success", "execution_error", "execution_interrupted" ->
          Optional.of(new Ended(id));
      default -> Optional.empty();
    };
  }

  /** Looks at the type alone, which ComfyUI writes first; an unusual order is read in full. */
  private static boolean concernsUs(String frame) throws IOException {
    try (JsonParser parser = ComfyUiHttp.JSON.createParser(frame)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      return !"type".equals(parser.nextFieldName())
          || (parser.nextToken() == JsonToken.VALUE_STRING && READ.contains(parser.getText()));
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return List.copyOf(texts);
  }
}
