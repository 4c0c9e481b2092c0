package dev.ltx2.worker.localapi.queue;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** A call that the queue cannot do; the message is for the client. */
public final class QueueException extends ExplainedException {
  /** What stands in the way. */
  public enum Obstacle {
    /** No more jobs or bytes fit in. */
    FULL,
    /** The job's state does not allow it. */
    WRONG_STATE,
    /** The server is ending. */
    CLOSING,
    /** The disk does not take it. */
    DISK
  }

  private final Obstacle obstacle;

  QueueException(Obstacle obstacle, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.obstacle = obstacle;
  }

  /** What stands in the way. */
  public Obstacle obstacle() {
    return obstacle;
  }
}
