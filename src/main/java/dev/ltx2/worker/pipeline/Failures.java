package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.VideoFormatException;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.util.List;

/** Translates what the rooms throw into what the client reads, in one place. */
public final class Failures {
  private Failures() {}

  /** What the files of a job may need in all, in bytes: inputs, results, the delivered video. */
  private static final long NEED = 1_000_000_000;

  static JobFailure of(Exception e) {
    return switch (e) {
      case StorageException storage when DiskSpace.isWanting(e) ->
          failure(ErrorCode.DISK_FULL, storage, true);
      case Exception _ when DiskSpace.isWanting(e) -> diskFull(e);
      case InvalidRequestException invalid -> invalid(invalid);
      case DownloadException download ->
          failure(ErrorCode.INPUT_DOWNLOAD_FAILED, download, download.retryable());
      case ComfyUiException comfyUi -> ofComfyUi(comfyUi);
      case StorageException storage -> failure(ErrorCode.STORAGE_FAILED, storage, true);
      case WorkflowException workflow -> failure(ErrorCode.GRAPH_REJECTED, workflow, false);
      case MediaException media -> failure(ErrorCode.GENERATION_FAILED, media, true);
      case IOException io ->
          new JobFailure(
              ErrorCode.INTERNAL_ERROR, "The worker could not write its files: " + io, true, io);
      default ->
          new JobFailure(
              ErrorCode.INTERNAL_ERROR,
              "The worker failed unexpectedly (" + e.getClass().getSimpleName() + ")",
              true,
              e);
    };
  }

  /** What a video is like is the workflow's choice: trying again would make, and cost, the same. */
  static ComfyUiException ofFormat(VideoFormatException e, String workflow) {
    String sentence = "%s: the workflow %s must %s".formatted(e.getMessage(), workflow, e.wanted());
    return new ComfyUiException(ComfyUiException.Kind.FAILED, sentence, e);
  }

  /** A request that cannot be run: one sentence, and the same field by field. */
  public static JobFailure invalid(InvalidRequestException e) {
    List<FieldError> errors =
        e.faults().stream().map(fault -> new FieldError(fault.field(), fault.message())).toList();
    return JobFailure.invalid(e.getMessage(), errors, e);
  }

  private static JobFailure ofComfyUi(ComfyUiException e) {
    return switch (e.kind()) {
      case REJECTED -> failure(ErrorCode.GRAPH_REJECTED, e, false);
      case DISK_FULL -> failure(ErrorCode.DISK_FULL, e, true);
      case FAILED -> failure(ErrorCode.GENERATION_FAILED, e, false);
      case TIMEOUT -> failure(ErrorCode.GENERATION_TIMEOUT, e, true);
      case OUT_OF_MEMORY -> failure(ErrorCode.OUT_OF_MEMORY, e, false);
      case GPU_FAULT -> failure(ErrorCode.GPU_FAULT, e, true);
      case UNAVAILABLE -> failure(ErrorCode.COMFYUI_UNAVAILABLE, e, true);
      case START_FAILED -> failure(ErrorCode.COMFYUI_START_FAILED, e, true);
    };
  }

  /** Whatever was being written lay in the folder of temporary files. */
  private static JobFailure diskFull(Exception e) {
    String sentence =
        "The worker's disk is full: %s, a job may need %s"
            .formatted(DiskSpace.left(TempFolder.root()), DiskSpace.size(NEED));
    return new JobFailure(ErrorCode.DISK_FULL, sentence, true, e);
  }

  private static JobFailure failure(ErrorCode code, ExplainedException e, boolean retryable) {
    return new JobFailure(code, e.getMessage(), retryable, e);
  }
}
