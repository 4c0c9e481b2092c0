package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** A prompt that did not produce its files; the message is for the client. */
public final class ComfyUiException extends ExplainedException {
  /** What went wrong, for the job's error code. */
  public enum Kind {
    /** ComfyUI refused the graph: a node, model or input is wrong. */
    REJECTED,
    /** A node failed while running. */
    FAILED,
    /** {@code GENERATION_TIMEOUT} passed. */
    TIMEOUT,
    /** The GPU's memory did not suffice, twice. */
    OUT_OF_MEMORY,
    /** ComfyUI's disk is full. */
    DISK_FULL,
    /** The GPU is in a state only a new process mends. */
    GPU_FAULT,
    /** ComfyUI could not be reached, or went away. */
    UNAVAILABLE,
    /** ComfyUI did not come up in time. */
    START_FAILED
  }

  private final Kind kind;

  /** A failure of {@code kind}. */
  public ComfyUiException(Kind kind, String message) {
    super(message, null);
    this.kind = kind;
  }

  /** A failure of {@code kind} with its cause. */
  public ComfyUiException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
