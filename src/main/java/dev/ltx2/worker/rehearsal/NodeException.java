package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.common.ExplainedException;

/** A node's failure as ComfyUI reports it: a Python exception's type and text. */
public final class NodeException extends ExplainedException {
  private final String type;
  private final String advice;

  public NodeException(String type, String message) {
    this(type, message, "");
  }

  public NodeException(String type, String message, String advice) {
    super(message, null);
    this.type = type;
    this.advice = advice;
  }

  /** What ComfyUI adds to the message of some exceptions, after a line break. */
  String advice() {
    return advice;
  }

  String type() {
    return type;
  }
}
