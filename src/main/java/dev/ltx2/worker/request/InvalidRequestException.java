package dev.ltx2.worker.request;

import dev.ltx2.worker.common.ExplainedException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A request that cannot be run; the message names every fault, the API's own texts first. */
public final class InvalidRequestException extends ExplainedException {
  private final transient List<FieldFault> faults;

  /** All faults found, at least one. */
  public InvalidRequestException(List<FieldFault> faults) {
    this(faults, null);
  }

  InvalidRequestException(List<FieldFault> faults, @Nullable Throwable cause) {
    super(faults.stream().map(FieldFault::message).collect(Collectors.joining("; ")), cause);
    this.faults = List.copyOf(faults);
  }

  /** A request with one fault. */
  public static InvalidRequestException of(String field, String message) {
    return new InvalidRequestException(List.of(new FieldFault(field, message)));
  }

  /** Field and sentence of each fault, in the order of the message. */
  public List<FieldFault> faults() {
    return faults;
  }
}
