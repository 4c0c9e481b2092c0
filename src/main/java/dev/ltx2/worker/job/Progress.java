package dev.ltx2.worker.job;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/**
 * How far a job is.
 *
 * @param percent 0 to 100 over the whole job, never falling
 * @param step steps done of all samplers together, 0 before the first
 * @param steps steps of all samplers together, 0 while unknown
 * @param etaSeconds until the end of the job, empty while it cannot be told
 */
public record Progress(Stage stage, int percent, int step, int steps, OptionalInt etaSeconds) {
  /** The {@code output} of a job that runs, as clients see it. */
  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("stage", stage.label())
            .put("percent", percent)
            .put("step", step)
            .put("steps", steps);
    etaSeconds.ifPresent(seconds -> json.put("eta_seconds", seconds));
    return json;
  }
}
