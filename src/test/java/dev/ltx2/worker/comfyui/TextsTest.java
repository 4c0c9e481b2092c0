package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read out of ComfyUI's answers, and what of it is passed on. */
class TextsTest {
  private static final String SECRET = "a red fox, whispering";

  private static GraphNodes nodes() throws IOException {
    return new GraphNodes(
        (ObjectNode)
            ComfyUiHttp.JSON.readTree(
                """
                {"prompt": {"class_type": "CLIPTextEncode", "_meta": {"title": "Positive"}},
                 "ks": {"class_type": "KSampler"}, "pick": {"class_type": "KSamplerSelect"}}
                """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          invalid_input_type   | Failed to convert an input value to a INT value | "a red fox, whispering" | Positive (prompt): text: Failed to convert an input value to a INT value
          invalid_input_type   | Failed to convert an input value to a INT value | 7.5                     | Positive (prompt): text: Failed to convert an input value to a INT value, received 7.5
          bad_linked_input     | Bad linked input                                | "a red fox, whispering" | Positive (prompt): text: Bad linked input
          something_new        | Something new                                   | "a red fox, whispering" | Positive (prompt): text: Something new
          """)
  void rejectionsDoNotQuoteThePrompt(String type, String message, String value, String text)
      throws IOException {
    String answer =
        """
        {"node_errors": {"prompt": {"errors": [{"type": "%s", "message": "%s",
          "details": "text, %s, broken",
          "extra_info": {"input_name": "text", "received_value": %s}}]}}}
        """
            .formatted(type, message, SECRET, value);
    assertThat(Rejection.text(ComfyUiHttp.JSON.readTree(answer), nodes()))
        .isEqualTo("ComfyUI rejected the graph: " + text)
        .doesNotContain(SECRET);
  }

  /** As Python, PyAV and safetensors tell of a full disk; their words end with a path. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          OSError                     | [Errno 28] No space left on device: '/comfyui/output/a.mp4'
          av.error.OSError            | [Errno 28] No space left on device: '/comfyui/output/a.mp4'
          OSError                     | [Errno 122] Disk quota exceeded: '/comfyui/output/a.mp4'
          SafetensorError             | Error: I/O error: No space left on device (os error 28)
          """)
  void aFullDiskHasAKindAndNoPath(String type, String message) throws IOException {
    String entry =
        """
        {"status": {"status_str": "error", "messages": [
          ["execution_error", {"node_id": "prompt", "exception_type": "%s",
            "exception_message": "%s"}]]}}
        """
            .formatted(type, message);
    assertThat(PromptOutcome.of(ComfyUiHttp.JSON.readTree(entry), nodes()))
        .isEqualTo(
            new PromptOutcome.Failure(
                Kind.DISK_FULL, "ComfyUI failed in Positive (prompt): no space left on its disk"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          torch.OutOfMemoryError      | CUDA out of memory. Tried to allocate 20.00 MiB      | OUT_OF_MEMORY
          torch.cuda.OutOfMemoryError | Allocation on device                                 | OUT_OF_MEMORY
          RuntimeError                | Allocation on device 0 would exceed allowed memory   | OUT_OF_MEMORY
          torch.AcceleratorError      | CUDA error: out of memory                            | OUT_OF_MEMORY
          RuntimeError                | CUDA error: CUBLAS_STATUS_ALLOC_FAILED               | OUT_OF_MEMORY
          RuntimeError                | CUDA error: an illegal memory access was encountered | GPU_FAULT
          RuntimeError                | CUDA error: device-side assert triggered             | GPU_FAULT
          RuntimeError                | cuDNN error: CUDNN_STATUS_INTERNAL_ERROR             | GPU_FAULT
          RuntimeError                | cuBLAS: CUBLAS_STATUS_INTERNAL_ERROR                 | GPU_FAULT
          AssertionError              | Conditioning frames exceed the length                | FAILED
          ValueError                  | Memory of an elephant                                | FAILED
          """)
  void exceptionsHaveAKind(String type, String message, Kind kind) throws IOException {
    String entry =
        """
        {"status": {"status_str": "error", "messages": [["execution_start", {}],
          ["execution_error", {"node_id": "prompt", "exception_type": "%s",
            "exception_message": "%s\\nTIPS: more", "current_inputs": {"text": ["%s"]}}]]}}
        """
            .formatted(type, message, SECRET);
    assertThat(PromptOutcome.of(ComfyUiHttp.JSON.readTree(entry), nodes()))
        .isEqualTo(
            new PromptOutcome.Failure(
                kind, "ComfyUI failed in Positive (prompt): " + type + ": " + message));
  }

  @Test
  void progressNeverFallsAlsoWhenRunAgain() throws IOException {
    List<Double> fractions = new ArrayList<>();
    PromptProgress meter =
        new PromptProgress(
            nodes(), (fraction, step, steps, node) -> fractions.add(fraction), Clock.SYSTEM);
    meter.hear(new PromptEvent.Executing("p", "prompt"));
    meter.hear(new PromptEvent.NodeSteps("p", "ks", 1, 2));
    meter.hear(new PromptEvent.NodeSteps("p", "ks", 2, 2));
    assertThat(fractions).hasSize(3).isSorted();
    assertThat(fractions.getLast()).isBetween(0.9, 0.95);
    meter.restart();
    meter.hear(new PromptEvent.Executing("q", "prompt"));
    meter.hear(new PromptEvent.NodeSteps("q", "ks", 1, 2));
    meter.finish();
    assertThat(fractions).isSorted().endsWith(1.0);
    meter.mute();
    meter.hear(new PromptEvent.NodeSteps("q", "ks", 2, 2));
    assertThat(fractions).hasSize(6);
  }

  @Test
  void framesAreReadByTypeInAnyOrderAndSpacing() throws IOException {
    assertThat(
            PromptEvent.of(
                "{\"type\":\"executing\",\"data\":{\"node\":\"a\",\"prompt_id\":\"p\"}}"))
        .contains(new PromptEvent.Executing("p", "a"));
    assertThat(
            PromptEvent.of(
                "{\"data\": {\"node\": null, \"prompt_id\": \"p\"}, \"type\": \"executing\"}"))
        .contains(new PromptEvent.Finished("p"));
    assertThat(PromptEvent.of("{\"type\": \"executing\", \"data\": {\"node\": \"a\"}}")).isEmpty();
    // Never read past its type, or it would be refused as broken.
    assertThat(PromptEvent.of("{\"type\": \"progress_state\", broken")).isEmpty();
    assertThat(
            PromptEvent.of(
                "{\"type\": \"execution_error\", \"data\": {\"prompt_id\": \"p\", \"x\": NaN}}"))
        .contains(new PromptEvent.Finished("p"));
  }
}
