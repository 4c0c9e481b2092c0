package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;

/**
 * JSON from ComfyUI, of which only what is needed becomes objects: 200 MB of history took 4.6 GB
 * when all of it was read into a tree.
 */
final class BoundedJson {
  /** Of a prompt's entry; the rest is the graph, as large as the client made it. */
  private static final Set<String> ENTRY = Set.of("status", "outputs");

  private static final Set<String> QUEUES = Set.of("queue_running", "queue_pending");

  private BoundedJson() {}

  /** All of it, as long as it is no more than so many tokens. */
  static JsonNode tree(InputStream in, long tokens) throws IOException {
    try (JsonParser parser = parser(in, tokens)) {
      JsonNode tree = ComfyUiHttp.JSON.readTree(parser);
      if (tree == null || !tree.isObject()) {
        throw new NotAnObject(parser);
      }
      return tree;
    }
  }

  /** Status and outputs of one entry of {@code /history}; empty while it has none. */
  static Optional<JsonNode> entry(InputStream in, String id, long tokens) throws IOException {
    try (JsonParser parser = parser(in, tokens)) {
      ObjectNode entry = null;
      start(parser);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals(id);
        if (parser.nextToken() == JsonToken.START_OBJECT && wanted) {
          entry = fields(parser);
        } else {
          parser.skipChildren();
        }
      }
      return Optional.ofNullable(entry);
    }
  }

  private static ObjectNode fields(JsonParser parser) throws IOException {
    ObjectNode entry = ComfyUiHttp.JSON.createObjectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (ENTRY.contains(field)) {
        entry.set(field, ComfyUiHttp.JSON.readTree(parser));
      } else {
        parser.skipChildren();
      }
    }
    return entry;
  }

  /** Whether {@code /queue} lists a prompt of this id. */
  static boolean queued(InputStream in, String id, long tokens) throws IOException {
    try (JsonParser parser = parser(in, tokens)) {
      start(parser);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean queue = QUEUES.contains(parser.currentName());
        if (parser.nextToken() != JsonToken.START_ARRAY || !queue) {
          parser.skipChildren();
          continue;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          if (second(parser).equals(id)) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** The text that an array has in second place; an item is {@code [number, id, graph, …]}. */
  private static String second(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return "";
    }
    String text = "";
    for (int place = 0; parser.nextToken() != JsonToken.END_ARRAY; place++) {
      if (place == 1 && parser.currentToken() == JsonToken.VALUE_STRING) {
        text = parser.getText();
      }
      parser.skipChildren();
    }
    return text;
  }

  private static void start(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new NotAnObject(parser);
    }
  }

  private static JsonParser parser(InputStream in, long tokens) throws IOException {
    return new Counting(ComfyUiHttp.JSON.createParser(in), tokens);
  }

  private static final class NotAnObject extends StreamConstraintsException {
    NotAnObject(JsonParser parser) {
      super("not an object", parser.currentLocation());
    }
  }

  /** A tree of empty objects takes thirty times their text: their number counts. */
  private static final class Counting extends JsonParserDelegate {
    private long left;

    Counting(JsonParser parser, long tokens) {
      super(parser);
      left = tokens;
    }

    @Override
    public JsonToken nextToken() throws IOException {
      if (--left < 0) {
        throw new StreamConstraintsException("more tokens than expected", currentLocation());
      }
      return super.nextToken();
    }
  }
}
