package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which failures a client should send again: each costs GPU seconds, or a video that was good. */
class FailureCodesTest {
  private static void assertIs(Exception thrown, ErrorCode code, boolean retryable) {
    JobFailure failure = Failures.of(thrown);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(failure).hasCause(thrown);
  }

  @ParameterizedTest
  @CsvSource({
    "REJECTED, GRAPH_REJECTED, false",
    "DISK_FULL, DISK_FULL, true",
    "FAILED, GENERATION_FAILED, false",
    "TIMEOUT, GENERATION_TIMEOUT, true",
    "OUT_OF_MEMORY, OUT_OF_MEMORY, false",
    "GPU_FAULT, GPU_FAULT, true",
    "UNAVAILABLE, COMFYUI_UNAVAILABLE, true",
    "START_FAILED, COMFYUI_START_FAILED, true"
  })
  void ofComfyUi(ComfyUiException.Kind kind, ErrorCode code, boolean retryable) {
    assertIs(new ComfyUiException(kind, "why"), code, retryable);
  }

  @ParameterizedTest
  @EnumSource
  void everyFaultOfComfyUiHasACode(ComfyUiException.Kind kind) {
    assertThat(Failures.of(new ComfyUiException(kind, "why"))).hasMessage("why");
  }

  @Test
  void ofTheOtherRooms() {
    assertIs(new DownloadException("404", false), ErrorCode.INPUT_DOWNLOAD_FAILED, false);
    assertIs(new DownloadException("503", true), ErrorCode.INPUT_DOWNLOAD_FAILED, true);
    assertIs(new StorageException("kept", null), ErrorCode.STORAGE_FAILED, true);
    assertIs(new WorkflowException("no node"), ErrorCode.GRAPH_REJECTED, false);
    assertIs(new MediaException("broken"), ErrorCode.GENERATION_FAILED, true);
    assertIs(new IOException("gone"), ErrorCode.INTERNAL_ERROR, true);
    assertIs(new IllegalStateException("secret"), ErrorCode.INTERNAL_ERROR, true);
    assertThat(Failures.of(new IOException("gone")))
        .hasMessage("The worker could not write its files: java.io.IOException: gone");
    assertThat(Failures.of(new IllegalStateException("secret")))
        .hasMessage("The worker failed unexpectedly (IllegalStateException)");
  }

  @Test
  void aFullDiskIsOneWhateverTheFailureIsCalled() {
    IOException full = new IOException("No space left on device");
    assertThat(Failures.of(new MediaException("x", full)).code()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(Failures.of(new StorageException("it is nowhere", full)))
        .hasMessage("it is nowhere")
        .extracting("code")
        .isEqualTo(ErrorCode.DISK_FULL);
  }

  @Test
  void aFaultyRequestIsToldFieldByField() {
    JobFailure failure = Failures.of(InvalidRequestException.of("fps", "fps: must be 1 to 60"));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure.errors()).isEqualTo(List.of(new FieldError("fps", "fps: must be 1 to 60")));
  }
}
