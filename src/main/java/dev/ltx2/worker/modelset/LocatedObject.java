package dev.ltx2.worker.modelset;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.NearNames;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An object of a JSON file that knows in which line each of its values stands. A fault is noted and
 * the value counts as absent, so that all faults of a file come out at once.
 */
final class LocatedObject {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** What the objects of one file share. */
  private record SourceFile(String file, Map<JsonPointer, Integer> lines, List<String> faults) {}

  private final SourceFile source;
  private final JsonPointer path;
  private final ObjectNode object;

  private LocatedObject(SourceFile source, JsonPointer path, ObjectNode object) {
    this.source = source;
    this.path = path;
    this.object = object;
  }

  /** The object that a file is. */
  static LocatedObject parse(String file, String text) throws WorkflowException {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return new LocatedObject(
            new SourceFile(file, lines(text), new ArrayList<>()), JsonPointer.empty(), object);
      }
      throw new WorkflowException(file + ": not a JSON object");
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new WorkflowException(
          "%s line %d: not JSON: %s".formatted(file, line, e.getOriginalMessage()));
    }
  }

  private static Map<JsonPointer, Integer> lines(String text) {
    Map<JsonPointer, Integer> lines = new HashMap<>();
    try (JsonParser parser = JSON.createParser(text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        lines.putIfAbsent(
            parser.getParsingContext().pathAsPointer(), parser.currentTokenLocation().getLineNr());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** Ends the reading: all faults that were noted, one a sentence. */
  void throwFaults() throws WorkflowException {
    if (!source.faults.isEmpty()) {
      throw new WorkflowException(String.join("; ", source.faults));
    }
  }

  boolean faultless() {
    return source.faults.isEmpty();
  }

  /** Notes what is wrong with a value; an empty key means the object itself. */
  void fault(String key, String message) {
    JsonPointer at = key.isEmpty() ? path : path.appendProperty(key);
    String name = at.toString().replaceFirst("^/", "").replace('/', '.');
    source.faults.add(
        "%s line %d: %s%s"
            .formatted(
                source.file,
                source.lines.getOrDefault(at, source.lines.getOrDefault(path, 1)),
                name.isEmpty() ? "" : name + ": ",
                message));
  }

  /** Notes each key that is none of these. */
  LocatedObject only(Set<String> known) {
    for (String key : keys()) {
      if (!known.contains(key)) {
        List<String> near = NearNames.of(key, known);
        fault(
            key,
            near.isEmpty()
                ? "unknown key (known: " + String.join(", ", known.stream().sorted().toList()) + ")"
                : "unknown key: did you mean " + String.join(" or ", near) + "?");
      }
    }
    return this;
  }

  List<String> keys() {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  boolean has(String key) {
    return object.has(key);
  }

  Optional<String> text(String key) {
    return value(key, "a text", node -> node.isTextual() && !node.textValue().isBlank())
        .map(JsonNode::textValue);
  }

  Optional<Integer> integer(String key, int min, int max) {
    return value(
            key,
            "an integer from %d to %d".formatted(min, max),
            node -> node.isInt() && node.intValue() >= min && node.intValue() <= max)
        .map(JsonNode::intValue);
  }

  Optional<BigDecimal> number(String key) {
    return value(key, "a number", JsonNode::isNumber).map(JsonNode::decimalValue);
  }

  Optional<Boolean> bool(String key) {
    return value(key, "true or false", JsonNode::isBoolean).map(JsonNode::booleanValue);
  }

  /** A list of texts. */
  List<String> texts(String key) {
    return value(
            key,
            "an array of texts",
            node -> node.isArray() && node.valueStream().allMatch(JsonNode::isTextual))
        .map(node -> node.valueStream().map(JsonNode::textValue).toList())
        .orElse(List.of());
  }

  /** An object; an empty one where it is missing, with the fault noted. */
  LocatedObject object(String key) {
    return value(key, "an object", JsonNode::isObject)
        .map(node -> new LocatedObject(source, path.appendProperty(key), (ObjectNode) node))
        .orElseGet(
            () -> new LocatedObject(source, path.appendProperty(key), JSON.createObjectNode()));
  }

  /** A list of objects. */
  List<LocatedObject> objects(String key) {
    List<LocatedObject> objects = new ArrayList<>();
    Optional<JsonNode> array =
        value(
            key,
            "an array of objects",
            node -> node.isArray() && node.valueStream().allMatch(JsonNode::isObject));
    array.ifPresent(node -> {
      for (JsonNode element : node) {
        JsonPointer at = path.appendProperty(key).appendIndex(objects.size());
        objects.add(new LocatedObject(source, at, (ObjectNode) element));
      }
    });
    return objects;
  }

  private Optional<JsonNode> value(
      String key, String kind, Function<JsonNode, Boolean> isOfThatKind) {
    JsonNode node = object.path(key);
    if (isOfThatKind.apply(node)) {
      return Optional.of(node);
    }
    if (node.isMissingNode()) {
      fault("", "'" + key + "' is missing, must be " + kind);
    } else {
      fault(key, "must be " + kind);
    }
    return Optional.empty();
  }
}
