package dev.ltx2.worker.localapi;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may call. A page of another site reaches this server through its reader's browser: so the
 * Host must be one that a foreign name server cannot point here, and the Origin one that is
 * trusted.
 */
final class Gatekeeper {
  /** Addresses, which no name server turns into others. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

  private static final Pattern HOST =
      Pattern.compile("([a-z0-9.-]{1,253}|\\[[0-9a-f:.]{2,45}])(:\\d{1,5})?");

  private static final String BEARER = "bearer ";

  private final Optional<byte[]> key;
  private final Set<String> origins;
  private final Set<String> hosts = new HashSet<>();

  Gatekeeper(LocalApiSettings settings, Optional<String> key) {
    this.key = key.map(text -> text.getBytes(StandardCharsets.UTF_8));
    this.origins = settings.origins();
    hosts.add("localhost");
    settings.allowedHosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
  }

  /** {@code http://} and the Host of the request, which has been found good. */
  String base(HttpServerExchange exchange) throws Refusal {
    String host = exchange.getRequestHeaders().getFirst(Headers.HOST);
    String lower = host == null ? "" : host.toLowerCase(Locale.ROOT);
    if (!HOST.matcher(lower).matches()) {
      throw new Refusal(400, "The Host header is missing or broken");
    }
    String name = lower.replaceFirst(":\\d+$", "");
    if (!ADDRESS.matcher(name).matches() && !hosts.contains(name)) {
      throw new Refusal(
          403,
          "This server does not answer to the name "
              + name
              + ": add it to LOCAL_API_ALLOWED_HOSTS");
    }
    return "http://" + lower;
  }

  /** Refuses pages of other sites; those that are trusted get the headers they need. */
  void checkOrigin(HttpServerExchange exchange, String base) throws Refusal {
    String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
    if (origin == null || isOwn(origin, base)) {
      return;
    }
    if (!origins.contains(origin)) {
      throw new Refusal(
          403, "Pages of other sites may not call this server: see LOCAL_API_ORIGINS");
    }
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(new HttpString("Access-Control-Allow-Origin"), origin);
    headers.put(Headers.VARY, "Origin");
    headers.put(new HttpString("Access-Control-Expose-Headers"), "Retry-After, Content-Range");
    if (exchange.getRequestMethod().equalToString("OPTIONS")) {
      headers.put(new HttpString("Access-Control-Allow-Methods"), "GET, HEAD, POST");
      headers.put(
          new HttpString("Access-Control-Allow-Headers"),
          "Authorization, Content-Type, Range, X-File-Name");
      headers.put(new HttpString("Access-Control-Max-Age"), "600");
    }
  }

  /** Behind a proxy that speaks TLS the page's own origin is https. */
  private static boolean isOwn(String origin, String base) {
    try {
      @Nullable String authority = URI.create(origin).getRawAuthority();
      return authority != null && ("http://" + authority.toLowerCase(Locale.ROOT)).equals(base);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Without a key any Authorization is as good as none: official clients always send one. */
  void checkKey(HttpServerExchange exchange) throws Refusal {
    if (key.isEmpty()) {
      return;
    }
    String given = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
    String text = given == null ? "" : given.strip();
    if (text.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      text = text.substring(BEARER.length()).strip();
    }
    if (!MessageDigest.isEqual(text.getBytes(StandardCharsets.UTF_8), key.get())) {
      throw new Refusal(
          401, "The key is missing or wrong: send Authorization: Bearer and the LOCAL_API_KEY");
    }
  }
}
