package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.workflow.ObjectInfo;

/** What the server says of itself: the recorded shape, with a device named rehearsal. */
final class ServerStats {
  private ServerStats() {}

  static ObjectNode system() {
    Runtime runtime = Runtime.getRuntime();
    ObjectNode stats = JsonNodeFactory.instance.objectNode();
    ObjectNode system = stats.putObject("system");
    system
        .put("os", "linux")
        .put("ram_total", runtime.maxMemory())
        .put("ram_free", runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory())
        .put("comfyui_version", ObjectInfo.RECORDED_VERSION)
        .put("python_version", "")
        .put("pytorch_version", "")
        .put("embedded_python", false)
        .put("deploy_environment", "rehearsal");
    system.putArray("argv");
    stats
        .putArray("devices")
        .addObject()
        .put("name", "rehearsal")
        .put("type", "cpu")
        .putNull("index")
        .put("vram_total", runtime.maxMemory())
        .put("vram_free", runtime.freeMemory())
        .put("torch_vram_total", runtime.maxMemory())
        .put("torch_vram_free", runtime.freeMemory());
    return stats;
  }

  static ObjectNode features() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("supports_preview_metadata", true)
        .put("supports_model_type_tags", true)
        .put("max_upload_size", Rehearsal.MAX_BODY)
        .put("node_replacements", true)
        .put("assets", false);
  }
}
