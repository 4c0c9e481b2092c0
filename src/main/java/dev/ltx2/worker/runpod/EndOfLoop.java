package dev.ltx2.worker.runpod;

import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Ends the taking of jobs; the first reason counts. */
@FunctionalInterface
interface EndOfLoop {
  /** Why no more jobs are taken, with the exit code. Nothing that the platform answers is one. */
  enum End {
    /** SIGTERM or SIGINT. */
    SIGNAL(0),
    /** The GPU failed: the platform was asked for another worker. */
    REFRESH(0),
    /** ComfyUI did not come up. */
    START_FAILED(1),
    /** This machine cannot do jobs, and has not been able to for a while. */
    UNFIT(1),
    /** The Java machine itself is at its end. */
    BROKEN(1);

    private final int exitCode;

    End(int exitCode) {
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }

    /** The name under which the platform hears of it; its own worker has {@code _disk_check}. */
    String check() {
      return this == UNFIT ? "disk" : "start";
    }

    /** Which failures of a job end the loop. */
    static Optional<End> of(JobFailure failure) {
      if (failure.refreshWorker()) {
        return Optional.of(REFRESH);
      }
      if (failure.code() == ErrorCode.COMFYUI_START_FAILED) {
        return Optional.of(START_FAILED);
      }
      return Stream.iterate(failure.getCause(), Objects::nonNull, Throwable::getCause)
              .anyMatch(OutOfMemoryError.class::isInstance)
          ? Optional.of(BROKEN)
          : Optional.empty();
    }
  }

  /**
   * Ends it.
   *
   * @param failure what became of the job that ended it, null without one
   */
  void end(End end, @Nullable JobFailure failure);
}
