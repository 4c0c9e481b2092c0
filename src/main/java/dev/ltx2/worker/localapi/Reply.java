package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * What a call is answered with.
 *
 * @param headers besides Content-Type
 */
record Reply(int status, String contentType, ByteBuffer body, Map<String, String> headers) {
  static final ObjectMapper JSON = new ObjectMapper();

  static Reply json(int status, JsonNode body) {
    try {
      return new Reply(
          status, "application/json", ByteBuffer.wrap(JSON.writeValueAsBytes(body)), Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail", e);
    }
  }

  static Reply error(int status, String sentence) {
    return json(status, JSON.createObjectNode().put("error", sentence));
  }

  static Reply ok(ObjectNode body) {
    return json(200, body);
  }

  Reply with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new Reply(status, contentType, body, more);
  }
}
