package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What a node gave.
 *
 * @param outputs in the order of its {@code object_info}
 * @param shown what the history keeps of it: output nodes only
 */
public record NodeResult(List<NodeValue> outputs, Optional<ObjectNode> shown) {
  /** The result of a node that shows nothing. */
  public static NodeResult of(NodeValue... outputs) {
    return new NodeResult(List.of(outputs), Optional.empty());
  }
}
