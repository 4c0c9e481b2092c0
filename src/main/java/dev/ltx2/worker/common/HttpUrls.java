package dev.ltx2.worker.common;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Addresses as people write them into settings, options and lists. */
public final class HttpUrls {
  private HttpUrls() {}

  /** The address, where the text is one with a host and of {@code http} or {@code https}. */
  public static Optional<URI> parse(String text) {
    try {
      URI uri = new URI(text);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      return Optional.of(uri).filter(_ -> http && uri.getHost() != null);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
