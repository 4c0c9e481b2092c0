package dev.ltx2.worker.net;

import java.net.UnknownHostException;

/**
 * An address that strangers may not name. Of a type that OkHttp's {@code Dns} may throw: it knows
 * only unknown hosts.
 */
public final class NotPublicException extends UnknownHostException {
  NotPublicException(String message) {
    super(message);
  }
}
