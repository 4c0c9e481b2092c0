package dev.ltx2.worker.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Says what a request would become, without running it. */
public interface JobPlanner {
  /** What a request would become, or why it cannot be run. */
  sealed interface Outlook {
    /**
     * It can be run.
     *
     * @param plan as {@code plan.json} has it
     * @param timeline a drawing of it, SVG
     */
    record Planned(ObjectNode plan, String timeline) implements Outlook {}

    /**
     * It cannot be run.
     *
     * @param error all of it, as a job's failure would say it
     * @param faults of single fields
     */
    record Invalid(String error, List<FieldError> faults) implements Outlook {}
  }

  /** Plans; fetches nothing but audio, whose length decides. May take as long as that does. */
  Outlook plan(JsonNode input) throws InterruptedException;

  /** The API's name of the mode that the request asks for, also of one that cannot be run. */
  String mode(JsonNode input);
}
