package dev.ltx2.worker.localapi.queue;

import java.io.IOException;

/** Posts to addresses that clients chose, and only to those that a client may choose. */
@FunctionalInterface
public interface WebhookPost {
  /**
   * Posts JSON.
   *
   * @return the status of the answer
   * @throws IOException when there was none, or the address is not allowed; the message says why
   */
  int post(String address, byte[] json) throws IOException, InterruptedException;
}
