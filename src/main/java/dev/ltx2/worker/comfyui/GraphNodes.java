package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** The nodes of a graph as a person knows them. */
record GraphNodes(ObjectNode graph) {
  List<String> ids() {
    List<String> ids = new ArrayList<>();
    graph.fieldNames().forEachRemaining(ids::add);
    return ids;
  }

  /** Its title, or its id. */
  String title(String id) {
    return graph.path(id).path("_meta").path("title").asText(id);
  }

  /** {@code title (id)}, with the node type where it has no title. */
  String label(String id) {
    JsonNode node = graph.path(id);
    String name = node.path("_meta").path("title").asText(node.path("class_type").asText(""));
    return name.isEmpty() || name.equals(id) ? id : name + " (" + id + ')';
  }

  /** Whether it is a sampler, which takes nearly all the time. */
  boolean samples(String id) {
    String type = graph.path(id).path("class_type").asText();
    return type.startsWith("SamplerCustom")
        || (type.startsWith("KSampler") && !type.equals("KSamplerSelect"));
  }
}
