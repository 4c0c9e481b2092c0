package dev.ltx2.worker.rehearsal;

/** A node's failure as ComfyUI reports it: a Python exception's type and text. */
final class NodeException extends Exception {
  private final String type;
  private final String advice;

  NodeException(String type, String message) {
    this(type, message, "");
  }

  NodeException(String type, String message, String advice) {
    super(message);
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
