package dev.ltx2.worker.request;

import dev.ltx2.worker.common.ExplainedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that cannot be run; the message names every fault, the API's own texts first. */
public final class InvalidRequestException extends ExplainedException {
  private final transient List<String> faults;

  /** All faults found, at least one. */
  public InvalidRequestException(List<String> faults) {
    this(faults, null);
  }

  InvalidRequestException(List<String> faults, @Nullable Throwable cause) {
    super(String.join("; ", faults), cause);
    this.faults = List.copyOf(faults);
  }

  /** One sentence per fault, in the order of the message. */
  public List<String> faults() {
    return faults;
  }
}
