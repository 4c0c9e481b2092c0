package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The description of this API, OpenAPI 3.1, around the one schema of a request. */
final class OpenApi {
  private OpenApi() {}

  static ObjectNode of(ObjectNode schema, String version) {
    ObjectNode json = Reply.JSON.createObjectNode().put("openapi", "3.1.0");
    json.putObject("info").put("title", "ltx2-worker").put("version", version);
    json.putObject("components").putObject("schemas").set("Input", schema);
    return json;
  }
}
