package dev.ltx2.worker.request;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.StrictJson;
import java.io.IOException;
import java.util.List;

/**
 * Reads the JSON text of a request, strictly: one object, no duplicate keys, no NaN, nothing behind
 * it. Both a job ({@code {"id": …, "input": {…}}}) and the bare input are understood. Errors say
 * where, never what stands there: it may be a prompt.
 */
public final class RequestJson {
  private static final JsonMapper MAPPER = StrictJson.mapper();

  private RequestJson() {}

  /** The input object in a text; for {@link GenerationRequest#parse}. */
  public static ObjectNode read(String json) throws InvalidRequestException {
    try (JsonParser parser =
        MAPPER.createParser(json.startsWith("\uFEFF") ? json.substring(1) : json)) {
      return read(parser);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** The input object in UTF-8 (or 16, 32) bytes; for {@link GenerationRequest#parse}. */
  public static ObjectNode read(byte[] json) throws InvalidRequestException {
    try (JsonParser parser = MAPPER.createParser(json)) {
      return read(parser);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static ObjectNode read(JsonParser parser) throws InvalidRequestException, IOException {
    try {
      JsonNode request = MAPPER.readTree(parser);
      if (request == null) {
        throw fault("The request is empty: it must be a JSON object");
      }
      if (parser.nextToken() != null) {
        throw fault(notJson(parser.currentTokenLocation()) + "something follows the request's end");
      }
      return input(request);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
      throw fault(notJson(at) + cause(e, parser));
    } catch (NumberFormatException _) {
      throw fault(notJson(parser.currentLocation()) + StrictJson.HUGE_EXPONENT);
    }
  }

  private static ObjectNode input(JsonNode request) throws InvalidRequestException {
    if (!(request instanceof ObjectNode object)) {
      throw fault("The request must be a JSON object, got " + Redacted.kind(request));
    }
    if (!object.has("input")) {
      return object;
    }
    if (!(object.get("input") instanceof ObjectNode input)) {
      throw fault("input must be a JSON object, got " + Redacted.kind(object.get("input")));
    }
    List<String> strays = RequestField.names().stream().filter(object::hasNonNull).toList();
    if (!strays.isEmpty()) {
      throw InvalidRequestException.of(
          strays.getFirst(), "Move into input what stands beside it: " + String.join(", ", strays));
    }
    return input;
  }

  private static String cause(JsonProcessingException e, JsonParser parser) throws IOException {
    return StrictJson.isDuplicate(e)
        ? "the key " + Redacted.name(parser.currentName()) + " is there twice"
        : StrictJson.fault(e);
  }

  private static String notJson(JsonLocation at) {
    return "The request is not valid JSON at line %d, column %d: "
        .formatted(at.getLineNr(), at.getColumnNr());
  }

  private static InvalidRequestException unreadable(IOException e) {
    // No file is read here: what is left is text that is not in the encoding it claims.
    return new InvalidRequestException(
        List.of(
            new FieldFault(
                FieldFault.WHOLE, "The request is not valid JSON: it is not UTF-8 text")),
        e);
  }

  private static InvalidRequestException fault(String sentence) {
    return InvalidRequestException.of(FieldFault.WHOLE, sentence);
  }
}
