package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.util.Locale;
import java.util.regex.Pattern;

/** How a prompt ended. */
sealed interface PromptOutcome {
  /** With these outputs, by node. */
  record Success(JsonNode outputs) implements PromptOutcome {}

  /** With an error. */
  record Failure(Kind kind, String message) implements PromptOutcome {}

  /** Interrupted, by us or by somebody else. */
  record Interrupted() implements PromptOutcome {}

  /** ComfyUI knows nothing of it: it was deleted from the queue, or ComfyUI died. */
  record Vanished(String how) implements PromptOutcome {}

  /** Of is_oom in ComfyUI's model_management, and of the libraries below torch. */
  Pattern OUT_OF_MEMORY =
      Pattern.compile(
          "OutOfMemoryError|out of memory|Allocation on device|CUBLAS_STATUS_ALLOC_FAILED",
          Pattern.CASE_INSENSITIVE);

  /** After one of these every later CUDA call of the process fails too. */
  Pattern GPU_FAULT =
      Pattern.compile(
          "AcceleratorError|CUDA error|illegal memory access|device-side assert"
              + "|unspecified launch failure|uncorrectable ECC"
              + "|(CUBLAS|CUDNN)_STATUS_(INTERNAL_ERROR|EXECUTION_FAILED|NOT_INITIALIZED)",
          Pattern.CASE_INSENSITIVE);

  /** Python's OSError for ENOSPC and EDQUOT, whoever raised it. */
  Pattern DISK_FULL =
      Pattern.compile("\\[Errno (28|122)\\]|No space left on device|Disk quota exceeded");

  /** Reads a prompt's entry of {@code /history}. */
  static PromptOutcome of(JsonNode entry, GraphNodes nodes) {
    JsonNode status = entry.path("status");
    if (status.path("status_str").asText().equals("success")) {
      return new Success(entry.path("outputs"));
    }
    for (JsonNode message : status.path("messages")) {
      switch (message.path(0).asText()) {
        case "execution_interrupted" -> {
          return new Interrupted();
        }
        case "execution_error" -> {
          return failure(message.path(1), nodes);
        }
        default -> {}
      }
    }
    return new Failure(Kind.FAILED, "ComfyUI ended the prompt without saying why");
  }

  private static Failure failure(JsonNode error, GraphNodes nodes) {
    String type = error.path("exception_type").asText();
    String text = error.path("exception_message").asText();
    String node = nodes.label(error.path("node_id").asText("?"));
    String both = type + ' ' + text;
    if (DISK_FULL.matcher(both).find()) {
      // Its own words end with the path of the file
      return new Failure(
          Kind.DISK_FULL, "ComfyUI failed in %s: no space left on its disk".formatted(node));
    }
    // Traceback and current_inputs stay out: inputs hold the client's prompt.
    String message = "ComfyUI failed in %s: %s: %s".formatted(node, type, firstLine(text));
    Kind kind =
        OUT_OF_MEMORY.matcher(both).find()
            ? Kind.OUT_OF_MEMORY
            : GPU_FAULT.matcher(both).find() ? Kind.GPU_FAULT : Kind.FAILED;
    return new Failure(kind, message);
  }

  private static String firstLine(String text) {
    String line = text.strip().lines().findFirst().orElse("").strip();
    return line.length() > 300 ? line.substring(0, 300) + '…' : line;
  }

  /** For the log. */
  default String word() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
