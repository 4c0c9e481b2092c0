package dev.ltx2.worker.job;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/**
 * Where a job's time went. The worker's own time is {@code total - queue - generate}.
 *
 * @param queue waiting for ComfyUI to be ready and for the GPU
 * @param generate from posting the prompt to its end
 */
record Timings(
    Duration download,
    Duration queue,
    Duration generate,
    Duration mux,
    Duration store,
    Duration total) {

  /** Seconds, to the millisecond. */
  ObjectNode toJson() {
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
