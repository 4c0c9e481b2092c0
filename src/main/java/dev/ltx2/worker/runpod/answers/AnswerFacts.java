package dev.ltx2.worker.runpod.answers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import okio.ByteString;

/**
 * What an encoded answer says, without its bulk: single values only, no video, no long text.
 *
 * @param body the answer's own shape, shortened
 */
record AnswerFacts(ObjectNode body) {
  private static final int MAX_TEXT = 2000;

  /** A signed address has about 900 characters. */
  private static final int MAX_ADDRESS = 4000;

  /** {@code output.output}. */
  private static final int MAX_DEPTH = 3;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
              .build());

  /** Of an answer that cannot be read, nothing. */
  static AnswerFacts of(EncodedAnswer answer) {
    ObjectNode body = JSON.createObjectNode();
    try (InputStream in = answer.open();
        JsonParser parser = JSON.createParser(in)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        copy(parser, body, 1);
      }
    } catch (IOException e) {
      // What was read before stands.
    }
    return new AnswerFacts(body);
  }

  private static void copy(JsonParser parser, ObjectNode to, int depth) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (token == JsonToken.START_OBJECT && depth < MAX_DEPTH) {
        copy(parser, to.putObject(name), depth + 1);
      } else if (token.isStructStart()) {
        parser.skipChildren();
      } else if (!name.equals("video_base64")) {
        JsonNode value = JSON.readTree(parser);
        if (value.asText().length() <= (name.endsWith("_url") ? MAX_ADDRESS : MAX_TEXT)) {
          to.set(name, value);
        } else if (name.equals("error")) {
          to.put(name, value.asText().substring(0, MAX_TEXT) + "…");
        }
      }
    }
  }

  /** Whether it makes a completed job. */
  boolean completed() {
    return body.has("output") && !body.has("error");
  }

  private ObjectNode output() {
    return switch (body.at("/output/output")) {
      case ObjectNode output -> output;
      default -> body.get("output") instanceof ObjectNode output ? output : JSON.createObjectNode();
    };
  }

  private Optional<String> text(String field) {
    return Optional.ofNullable(output().get(field))
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .filter(text -> !text.isBlank());
  }

  /** Where the video is, for log lines: a signature's query is nobody's business there. */
  Optional<String> address() {
    return text("gcs_url").or(() -> text("video_url").map(url -> url.replaceFirst("[?#].*", "")));
  }

  /**
   * What takes the answer's place when the platform refuses it: a completed job stays one as long
   * as the client gets its video's address.
   *
   * @param why a sentence
   */
  Optional<EncodedAnswer> shortened(String why) {
    if (body.isEmpty() || (completed() && text("video_url").isEmpty())) {
      return Optional.empty();
    }
    ObjectNode copy = body.deepCopy();
    if (copy.at("/output/output") instanceof ObjectNode output) {
      output.putObject("details").putArray("warnings").add(why);
    }
    return Optional.of(encoded(copy));
  }

  /** The last resort: an error that still has the addresses. */
  EncodedAnswer error(String why, Optional<String> kept) {
    String place =
        text("video_url")
            .map(url -> "; the video is at " + url)
            .or(() -> kept.map(path -> "; the answer is kept at " + path))
            .orElse("");
    boolean retryable = text("video_url").isEmpty();
    AnswerBody failed =
        AnswerBody.of(new JobFailure(ErrorCode.STORAGE_FAILED, why + place, retryable, null));
    try {
      ObjectNode error = (ObjectNode) JSON.readTree(failed.inMemory().content().toByteArray());
      ObjectNode output = (ObjectNode) error.get("output");
      text("video_url").ifPresent(url -> output.put("video_url", url));
      text("gcs_url").ifPresent(url -> output.put("gcs_url", url));
      return encoded(error);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static EncodedAnswer encoded(ObjectNode json) {
    return new EncodedAnswer.InMemory(ByteString.encodeUtf8(json.toString()));
  }
}
