package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.runpod.EndOfLoop.End;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EndOfLoopTest {
  private static JobFailure failure(ErrorCode code, Throwable cause) {
    return new JobFailure(code, "x", true, cause);
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"GPU_FAULT", "COMFYUI_START_FAILED"})
  void aJobThatFailsEndsNoWorker(ErrorCode code) {
    assertThat(End.of(failure(code, null))).isEmpty();
    assertThat(End.of(failure(code, new IllegalStateException(new Exception("x"))))).isEmpty();
  }

  @Test
  void aWorkerThatCanDoNoMoreJobsEnds() {
    assertThat(End.of(failure(ErrorCode.GPU_FAULT, null))).contains(End.REFRESH);
    assertThat(End.of(failure(ErrorCode.COMFYUI_START_FAILED, null))).contains(End.START_FAILED);
    assertThat(End.of(failure(ErrorCode.INTERNAL_ERROR, new OutOfMemoryError())))
        .contains(End.BROKEN);
    assertThat(
            End.of(
                failure(
                    ErrorCode.GENERATION_FAILED,
                    new IllegalStateException(new RuntimeException(new OutOfMemoryError())))))
        .contains(End.BROKEN);
  }

  /** The platform restarts a worker whose code is not 0, and counts it. */
  @Test
  void onlyATroubledWorkerHasAnExitCode() {
    assertThat(End.SIGNAL.exitCode()).isZero();
    assertThat(End.REFRESH.exitCode()).isZero();
    assertThat(End.START_FAILED.exitCode()).isEqualTo(1);
    assertThat(End.UNFIT.exitCode()).isEqualTo(1);
    assertThat(End.BROKEN.exitCode()).isEqualTo(1);
    assertThat(End.UNFIT.check()).isEqualTo("disk");
    assertThat(End.START_FAILED.check()).isEqualTo("start");
  }
}
