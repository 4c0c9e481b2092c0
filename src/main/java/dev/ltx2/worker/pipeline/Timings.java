package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.job.Stage;
import java.time.Duration;

/**
 * Where a job's time went. The worker's own time is {@code total - queue - generate}.
 *
 * @param queue waiting for ComfyUI to be ready and for the GPU
 * @param generate from posting the prompt to its end
 */
public record Timings(
    Duration download,
    Duration queue,
    Duration generate,
    Duration mux,
    Duration store,
    Duration total) {

  /**
   * Puts them together.
   *
   * @param prepared waiting for ComfyUI to be ready
   */
  static Timings of(ProgressMeter meter, Duration prepared, Generated generated, Duration total) {
    return new Timings(
        meter.spent(Stage.DOWNLOAD),
        prepared.plus(generated.queued()),
        generated.generating(),
        meter.spent(Stage.MUX),
        meter.spent(Stage.STORE),
        total);
  }

  /** Seconds, to the millisecond. */
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("download", seconds(download))
        .put("queue", seconds(queue))
        .put("generate", seconds(generate))
        .put("mux", seconds(mux))
        .put("store", seconds(store))
        .put("total", seconds(total));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
