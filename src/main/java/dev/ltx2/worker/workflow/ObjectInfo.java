package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;

/** What a ComfyUI says of its nodes ({@code GET /object_info}). */
public final class ObjectInfo {
  private final JsonNode json;

  private ObjectInfo(JsonNode json) {
    this.json = json;
  }

  /**
   * From a live answer.
   *
   * @throws IllegalArgumentException when it is not an object of node types
   */
  public static ObjectInfo of(JsonNode json) {
    if (!json.isObject() || json.isEmpty()) {
      throw new IllegalArgumentException("object_info is not an object of node types");
    }
    return new ObjectInfo(json);
  }

  /** The release of ComfyUI that the workflows and {@link #recorded()} are of. */
  public static final String RECORDED_VERSION = "0.33.0";

  /** As recorded from that release, carried inside the worker. */
  public static ObjectInfo recorded() {
    return Recorded.INFO;
  }

  /** As ComfyUI sends it; shared, not to be changed. */
  public JsonNode json() {
    return json;
  }

  /** The node type of this name, if ComfyUI has it. */
  public Optional<NodeType> type(String classType) {
    return Optional.ofNullable(json.get(classType)).map(NodeType::new);
  }

  private static final class Recorded {
    static final ObjectInfo INFO = read();

    private static ObjectInfo read() {
      try (InputStream in = ObjectInfo.class.getResourceAsStream("object_info.json")) {
        return of(new JsonMapper().readTree(Objects.requireNonNull(in, "object_info.json")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
