package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Digests;
import dev.ltx2.worker.workflow.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Results by a node's signature: its type, its constants, and the same of all above it. A node's id
 * does not count; a loaded file's content does. Results live until a prompt runs that does not name
 * them: so it was recorded; ComfyUI keeps them longer where 128 GB of memory are free.
 */
final class NodeCache {
  /** A node's outputs, and what it showed in the history of the prompt that ran it. */
  record CachedResult(List<NodeValue> outputs, Optional<Shown> shown) {}

  /** What the history keeps of an output node. */
  record Shown(ObjectNode output, ObjectNode meta) {}

  /** The content of a file that is gone; its loader will fail. */
  private static final String MISSING = "missing";

  private final ComfyUiFolders folders;
  private final Map<String, CachedResult> entries = new HashMap<>();

  NodeCache(ComfyUiFolders folders) {
    this.folders = folders;
  }

  void clear() {
    entries.clear();
  }

  /** Drops what a new prompt does not name. */
  void retain(Collection<String> signatures) {
    entries.keySet().retainAll(signatures);
  }

  Optional<CachedResult> get(String signature) {
    return Optional.ofNullable(entries.get(signature));
  }

  void put(String signature, CachedResult entry) {
    entries.put(signature, entry);
  }

  /** The signatures of a prompt's nodes, by id. */
  Map<String, String> signatures(ObjectNode prompt) {
    Map<String, String> contents = new HashMap<>();
    Map<String, String> signatures = new LinkedHashMap<>();
    for (var node : prompt.properties()) {
      String id = node.getKey();
      List<String> above = new ArrayList<>();
      collect(prompt, id, above);
      ArrayNode signature = JsonNodeFactory.instance.arrayNode();
      for (String each : withFirst(id, above)) {
        JsonNode one = prompt.path(each);
        signature.add(own(one, contents.computeIfAbsent(each, _ -> content(one)), above));
      }
      signatures.put(id, Digests.sha256(signature.toString()));
    }
    return signatures;
  }

  private static List<String> withFirst(String first, List<String> rest) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(rest);
    return all;
  }

  private static void collect(ObjectNode prompt, String id, List<String> ancestors) {
    for (JsonNode input : sorted(prompt.path(id)).values()) {
      Link.source(input)
          .filter(source -> !ancestors.contains(source))
          .ifPresent(source -> {
            ancestors.add(source);
            collect(prompt, source, ancestors);
          });
    }
  }

  private static ArrayNode own(JsonNode node, String content, List<String> ancestors) {
    ArrayNode own = JsonNodeFactory.instance.arrayNode();
    own.add(node.path("class_type")).add(content);
    sorted(node)
        .forEach((name, input) -> {
          own.add(name);
          Link.source(input)
              .ifPresentOrElse(
                  source -> own.addArray().add(ancestors.indexOf(source)).add(input.get(1)),
                  () -> own.add(input));
        });
    return own;
  }

  private static Map<String, JsonNode> sorted(JsonNode node) {
    Map<String, JsonNode> inputs = new TreeMap<>();
    node.path("inputs").properties().forEach(in -> inputs.put(in.getKey(), in.getValue()));
    return inputs;
  }

  /** The hash of the file a loader loads; empty for other nodes. */
  private String content(JsonNode node) {
    String name =
        switch (node.path("class_type").asText()) {
          case "LoadImage" -> node.at("/inputs/image").asText();
          case "LoadAudio" -> node.at("/inputs/audio").asText();
          default -> "";
        };
    return name.isEmpty() ? "" : folders.annotated(name).map(NodeCache::sha256).orElse(MISSING);
  }

  private static String sha256(Path file) {
    try {
      return Digests.sha256(file, _ -> {});
    } catch (IOException e) {
      return MISSING;
    }
  }
}
