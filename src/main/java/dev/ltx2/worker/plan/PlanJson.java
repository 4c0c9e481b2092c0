package dev.ltx2.worker.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A plan as {@code plan.json}. */
public final class PlanJson {
  private PlanJson() {}

  /** All figures of the plan, in the order of docs/api.md. */
  public static ObjectNode of(GenerationPlan plan) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("mode", plan.mode().label())
        .put("width", plan.width())
        .put("height", plan.height())
        .put("fps", plan.fps())
        .put("duration", plan.duration())
        .put("buffer_seconds", plan.bufferSeconds())
        .put("content_frames", plan.contentFrames())
        .put("frames", plan.frames())
        .put("length", plan.length())
        .put("delivered_frames", plan.deliveredFrames());
    if (plan.audioFrames().isPresent()) {
      json.put("audio_frames", plan.audioFrames().getAsInt());
    } else {
      json.putNull("audio_frames");
    }
    json.put("steps", plan.steps()).put("seed", plan.seed());
    ObjectNode loras = json.putObject("loras");
    loras
        .put("camera", plan.loras().camera())
        .put("distilled", plan.loras().distilled())
        .put("detailer", plan.loras().detailer());
    if (plan.loras().i2v() != 0) {
      loras.put("i2v", plan.loras().i2v());
    }
    ArrayNode guides = json.putArray("guides");
    for (Guide guide : plan.guides()) {
      guides
          .addObject()
          .put("keyframe", guide.keyframe())
          .put("frame", guide.frame())
          .put("strength", guide.strength());
    }
    ArrayNode warnings = json.putArray("warnings");
    plan.warnings().forEach(warnings::add);
    return json;
  }
}
