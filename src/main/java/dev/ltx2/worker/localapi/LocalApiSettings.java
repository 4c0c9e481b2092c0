package dev.ltx2.worker.localapi;

import java.util.Optional;
import java.util.Set;

/**
 * Where the local API listens and to whom it answers.
 *
 * @param host an address of this machine, or 0.0.0.0
 * @param port 0 for a free one
 * @param key that calls must bring; without one on another address than loopback it is drawn
 * @param origins of other sites' pages that may call
 * @param allowedHosts that requests may name besides localhost and bare addresses
 */
public record LocalApiSettings(
    String host, int port, Optional<String> key, Set<String> origins, Set<String> allowedHosts) {

  /** The key is among the components. */
  @Override
  public String toString() {
    return "LocalApiSettings";
  }

  /** The same on another port. */
  public LocalApiSettings withPort(int other) {
    return new LocalApiSettings(host, other, key, origins, allowedHosts);
  }
}
