package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The nodes of a graph as a person knows them. */
record GraphNodes(ObjectNode graph) {
  private static final String UPSCALER = "LTXVLatentUpsampler";

  /** What ComfyUI takes for a number in a list of sigmas. */
  private static final Pattern NUMBER = Pattern.compile("[-+]?(?:\\d*\\.*\\d+)");

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
    String type = type(id);
    return type.startsWith("SamplerCustom")
        || (type.startsWith("KSampler") && !type.equals("KSamplerSelect"));
  }

  /** The steps that a sampler will take, where its schedule tells; 0 where only running shows. */
  int steps(String id) {
    JsonNode inputs = inputs(id);
    JsonNode own = inputs.path("steps");
    if (own.isInt()) {
      return own.intValue();
    }
    String schedule = inputs.path("sigmas").path(0).asText("");
    JsonNode listed = inputs(schedule).path("sigmas");
    if (listed.isTextual()) {
      return (int) Math.max(0, NUMBER.matcher(listed.textValue()).results().count() - 1);
    }
    return inputs(schedule).path("steps").asInt(0);
  }

  /**
   * What a step of a sampler costs beside one on the smallest latent: a latent upscaler before it
   * makes four times as many tokens.
   */
  double stepCost(String id) {
    Set<String> above = new HashSet<>();
    collect(id, above);
    long upscalers = above.stream().filter(node -> type(node).equals(UPSCALER)).count();
    return Math.pow(4, (double) upscalers);
  }

  private void collect(String id, Set<String> above) {
    for (JsonNode input : inputs(id)) {
      String source = input.isArray() ? input.path(0).asText("") : "";
      if (graph.has(source) && above.add(source)) {
        collect(source, above);
      }
    }
  }

  private JsonNode inputs(String id) {
    return graph.path(id).path("inputs");
  }

  private String type(String id) {
    return graph.path(id).path("class_type").asText();
  }
}
