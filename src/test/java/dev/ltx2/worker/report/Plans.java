package dev.ltx2.worker.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.OneStage;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import java.util.Random;

/** Plans to draw. */
final class Plans {
  private Plans() {}

  static ObjectNode request(double duration, double... positions) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("duration", duration);
    for (double position : positions) {
      request
          .withArray("keyframes")
          .addObject()
          .put("image_url", "https://example.com/a.png")
          .put("frame_position", position);
    }
    return positions.length > 0 ? request : request.put("image_url", "https://example.com/a.png");
  }

  static GenerationPlan of(ObjectNode request) throws InvalidRequestException {
    GenerationRequest parsed = GenerationRequest.parse(request);
    return OneStage.plan(
        parsed, parsed.duration().orElseThrow(), parsed.seed().orElse(Long.MAX_VALUE));
  }

  /** Anything a request may ask for; keyframes anywhere, or all within a small part. */
  static GenerationPlan random(Random random) throws InvalidRequestException {
    double[] positions = new double[random.nextInt(10)];
    double spread = random.nextBoolean() ? 1 : random.nextDouble() * 0.1;
    double start = random.nextDouble() * (1 - spread);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = start + random.nextDouble() * spread;
    }
    if (positions.length > 1 && random.nextBoolean()) {
      positions[random.nextInt(positions.length)] = random.nextInt(2);
    }
    ObjectNode request = request(1 + random.nextInt(30), positions);
    request
        .path("keyframes")
        .forEach(keyframe -> {
          if (random.nextBoolean()) {
            ((ObjectNode) keyframe).put("strength", random.nextDouble());
          }
        });
    request.put("fps", 1 + random.nextInt(60));
    request.put("frame_alignment", random.nextBoolean() ? 1 : 1 + random.nextInt(64));
    request.put("buffer_seconds", random.nextBoolean() ? 0 : random.nextInt(11));
    if (positions.length > 0) {
      request.put("trim_to_audio", random.nextBoolean());
      request.put("auto_buffer_guide", random.nextBoolean() ? "add_node" : "extend_last");
    }
    return of(request);
  }
}
