package dev.ltx2.worker.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.Loras;

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
    json.put("model_set", plan.sampling().modelSet())
        .put("generated_width", plan.sampling().width())
        .put("generated_height", plan.sampling().height());
    if (plan.audioFrames().isPresent()) {
      json.put("audio_frames", plan.audioFrames().getAsInt());
    } else {
      json.putNull("audio_frames");
    }
    json.put("steps", plan.steps()).put("seed", plan.seed());
    json.set("loras", loras(plan.loras()));
    json.put("schedule", plan.sampling().schedule());
    json.set("stages", stages(plan));
    json.set("work", work(Work.of(plan)));
    json.set("guides", guides(plan));
    ArrayNode warnings = json.putArray("warnings");
    plan.warnings().forEach(warnings::add);
    return json;
  }

  private static ObjectNode loras(Loras strengths) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("camera", strengths.camera())
            .put("distilled", strengths.distilled())
            .put("detailer", strengths.detailer());
    if (strengths.i2v() != 0) {
      json.put("i2v", strengths.i2v());
    }
    return json;
  }

  private static ArrayNode guides(GenerationPlan plan) {
    ArrayNode guides = JsonNodeFactory.instance.arrayNode();
    for (Guide guide : plan.guides()) {
      guides
          .addObject()
          .put("keyframe", guide.keyframe())
          .put("frame", guide.frame())
          .put("strength", guide.strength());
    }
    return guides;
  }

  private static ArrayNode stages(GenerationPlan plan) {
    ArrayNode stages = JsonNodeFactory.instance.arrayNode();
    for (SamplingStage stage : plan.sampling().stages()) {
      ObjectNode json =
          stages
              .addObject()
              .put("width", stage.width())
              .put("height", stage.height())
              .put("steps", stage.steps());
      stage.sigmas().ifPresent(sigmas -> json.put("sigmas", sigmas.text()));
    }
    return stages;
  }

  private static ObjectNode work(Work work) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("token_steps", work.linear()).put("attention", work.attention());
    ArrayNode stages = json.putArray("stages");
    work.stages()
        .forEach(
            stage -> stages.addObject().put("tokens", stage.tokens()).put("runs", stage.runs()));
    return json;
  }
}
