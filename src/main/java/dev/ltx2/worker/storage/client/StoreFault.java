package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.ExplainedException;

/**
 * Why a store did not do something, in words for people. It carries no cause: messages of libraries
 * and servers hold upload addresses, which let anybody write, and answers of token endpoints.
 */
public final class StoreFault extends ExplainedException {
  private final int code;

  /** Of an answer with that HTTP status; 0 when there was none. */
  public StoreFault(int code, String message) {
    super(message, null);
    this.code = code;
  }

  /** The HTTP status; 0 when there was none. */
  public int code() {
    return code;
  }
}
