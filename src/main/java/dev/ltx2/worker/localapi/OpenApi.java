package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;

/**
 * The description of this API, OpenAPI 3.1: a frame in a resource, and in it the one schema by
 * which requests are read.
 */
final class OpenApi {
  private OpenApi() {}

  static ObjectNode of(ObjectNode schema, String version) {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
      if (in == null || !(Reply.JSON.readTree(in) instanceof ObjectNode api)) {
        throw new IllegalStateException("the description of the API is not in the jar");
      }
      api.withObject("/info").put("version", version);
      api.withObject("/components/schemas").set("Input", schema);
      return api;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the description of the API is broken", e);
    } catch (IOException e) {
      throw new IllegalStateException("the description of the API cannot be read", e);
    }
  }
}
