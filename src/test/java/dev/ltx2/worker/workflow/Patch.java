package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** JSON merge patch (RFC 7396), written with single quotes: null takes a field away. */
final class Patch {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

  private Patch() {}

  static void apply(ObjectNode target, String patch) throws IOException {
    merge(target, JSON.readTree(patch));
  }

  private static void merge(ObjectNode target, JsonNode patch) {
    patch
        .properties()
        .forEach(entry -> {
          JsonNode old = target.get(entry.getKey());
          if (entry.getValue().isNull()) {
            target.remove(entry.getKey());
          } else if (old instanceof ObjectNode object && entry.getValue().isObject()) {
            merge(object, entry.getValue());
          } else {
            target.set(entry.getKey(), entry.getValue());
          }
        });
  }
}
