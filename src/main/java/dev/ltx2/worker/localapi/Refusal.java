package dev.ltx2.worker.localapi;

import dev.ltx2.worker.common.ExplainedException;

/** A call that is not done; the message is for the client. */
final class Refusal extends ExplainedException {
  private final int status;

  Refusal(int status, String message) {
    super(message, null);
    this.status = status;
  }

  int status() {
    return status;
  }

  Reply reply() {
    Reply reply = Reply.error(status, getMessage());
    return status == 429 || status == 503 ? reply.with("Retry-After", "2") : reply;
  }
}
