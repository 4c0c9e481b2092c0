package dev.ltx2.worker.job;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.common.ExplainedException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job that ends without a video. */
public final class JobFailure extends ExplainedException {
  private final ErrorCode code;
  private final boolean retryable;
  private final transient List<FieldError> errors;

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
    this.errors =
        code == ErrorCode.INVALID_INPUT ? List.of(new FieldError("input", message)) : List.of();
  }

  private JobFailure(String message, List<FieldError> errors, @Nullable Throwable cause) {
    super(message, cause);
    this.code = ErrorCode.INVALID_INPUT;
    this.retryable = false;
    this.errors = List.copyOf(errors);
  }

  /**
   * The failure of a request that cannot be run.
   *
   * @param message all that is wrong, in one sentence
   * @param errors the same field by field, at least one
   */
  public static JobFailure invalid(
      String message, List<FieldError> errors, @Nullable Throwable cause) {
    return new JobFailure(message, errors, cause);
  }

  /** Why. */
  public ErrorCode code() {
    return code;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }

  /** What is wrong with the input, field by field; empty unless the input is at fault. */
  public List<FieldError> errors() {
    return errors;
  }

  /** Whether this worker must be replaced before it takes another job. */
  public boolean refreshWorker() {
    return code == ErrorCode.GPU_FAULT;
  }

  /**
   * Writes {@code {"status":"error","error":…,"code":…,"retryable":…}}, and for a faulty input
   * {@code "errors":[{"field":…,"message":…}]}.
   */
  public void writeTo(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("status", "error");
    out.writeStringField("error", getMessage());
    out.writeStringField("code", code.name());
    out.writeBooleanField("retryable", retryable);
    if (!errors.isEmpty()) {
      out.writeArrayFieldStart("errors");
      for (FieldError error : errors) {
        out.writeStartObject();
        out.writeStringField("field", error.field());
        out.writeStringField("message", error.message());
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }
}
