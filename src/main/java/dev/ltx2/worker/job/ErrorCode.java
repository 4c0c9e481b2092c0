package dev.ltx2.worker.job;

/** Why a job failed: the closed list of {@code code}s in an answer. */
public enum ErrorCode {
  /** The request's own fault; the message names each field. */
  INVALID_INPUT,
  /** An input could not be downloaded, or is not what it should be. */
  INPUT_DOWNLOAD_FAILED,
  /** ComfyUI did not come up. */
  COMFYUI_START_FAILED,
  /** ComfyUI refused the graph. */
  GRAPH_REJECTED,
  /** A node failed, or its result is not what was planned. */
  GENERATION_FAILED,
  /** Generation took longer than {@code GENERATION_TIMEOUT}. */
  GENERATION_TIMEOUT,
  /** The GPU's memory did not suffice for this request. */
  OUT_OF_MEMORY,
  /** The GPU failed; the worker is replaced. */
  GPU_FAULT,
  /** ComfyUI went away and did not come back in time. */
  COMFYUI_UNAVAILABLE,
  /** The disk of this worker, or of its ComfyUI, is full; another worker's may not be. */
  DISK_FULL,
  /** The video is made but could not be handed over. */
  STORAGE_FAILED,
  /** The worker was told to stop before the job was done. */
  WORKER_STOPPED,
  /** The job was cancelled. */
  CANCELLED,
  /** The worker's own fault. */
  INTERNAL_ERROR
}
