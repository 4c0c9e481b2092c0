package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;

/** What flows along the links of a graph. Which values there are is the model family's affair. */
public interface NodeValue {
  /** INT, FLOAT or BOOLEAN: where a link brings one, it is what a constant would be. */
  record Scalar(JsonNode value) implements NodeValue {}
}
