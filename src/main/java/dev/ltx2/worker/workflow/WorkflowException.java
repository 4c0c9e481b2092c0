package dev.ltx2.worker.workflow;

import dev.ltx2.worker.common.ExplainedException;

/** A workflow file that cannot be used; the message names file, node and input. */
public final class WorkflowException extends ExplainedException {
  /** A sentence that starts with the file's name. */
  public WorkflowException(String message) {
    super(message, null);
  }
}
