package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Nodes that resize what was decoded. A video that was made at another size than planned is refused
 * when it is delivered; one that a graph has enlarged to the planned size looks right from outside,
 * so only its graph can tell.
 */
public final class ResizedFrames {
  private static final Pattern RESIZES =
      Pattern.compile("ImageScale.*|Resize.*|ImageUpscale.*|ImageResize.*");

  private static final Pattern DECODES = Pattern.compile("VAEDecode|VAEDecodeTiled");

  private ResizedFrames() {}

  /** A sentence for each such node, in the graph's order. */
  public static List<String> warnings(Workflow workflow) {
    ObjectNode nodes = workflow.nodes();
    return nodes.properties().stream()
        .filter(node -> type(node.getValue(), RESIZES))
        .filter(node -> isDecoded(nodes, node.getValue(), new HashSet<>()))
        .map(node ->
            "node '%s' (%s) resizes the decoded video: what is delivered then has fewer or invented details; generate the size that is asked for"
                .formatted(node.getKey(), node.getValue().path("class_type").asText()))
        .toList();
  }

  private static boolean type(JsonNode node, Pattern types) {
    return types.matcher(node.path("class_type").asText()).matches();
  }

  /** Whether something that it is made of was decoded from a latent. */
  private static boolean isDecoded(ObjectNode nodes, JsonNode node, Set<String> seen) {
    for (JsonNode input : node.path("inputs")) {
      String source = input.path(0).asText();
      if (input.isArray() && seen.add(source)) {
        JsonNode from = nodes.path(source);
        if (type(from, DECODES) || isDecoded(nodes, from, seen)) {
          return true;
        }
      }
    }
    return false;
  }
}
