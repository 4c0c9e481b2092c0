package dev.ltx2.worker.net;

import dev.ltx2.worker.common.ExplainedException;

/** A URL whose host is not to be asked: it is not public, or no address. */
public final class AddressException extends ExplainedException {
  AddressException(String message) {
    super(message, null);
  }
}
