package dev.ltx2.worker.job;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.common.ExplainedException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A job that ends without a video. */
public final class JobFailure extends ExplainedException {
  private final ErrorCode code;
  private final boolean retryable;

  /**
   * A failure.
   *
   * @param message one readable sentence, starting with the API's own text where it has one
   * @param retryable whether the same request may succeed later
   */
  public JobFailure(ErrorCode code, String message, boolean retryable, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.retryable = retryable;
  }

  /** Why. */
  public ErrorCode code() {
    return code;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }

  /** Whether this worker must be replaced before it takes another job. */
  public boolean refreshWorker() {
    return code == ErrorCode.GPU_FAULT;
  }

  /** Writes {@code {"status":"error","error":…,"code":…,"retryable":…}}. */
  public void writeTo(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("status", "error");
    out.writeStringField("error", getMessage());
    out.writeStringField("code", code.name());
    out.writeBooleanField("retryable", retryable);
    out.writeEndObject();
  }
}
