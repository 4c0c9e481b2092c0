package dev.ltx2.worker.input;

import dev.ltx2.worker.net.NotPublicException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** What went wrong with a download, in words that give away nothing of the inner network. */
final class HttpFaults {
  static final String INVALID = "the server's answer is not valid HTTP or gzip";

  /** The standard's words, never the server's: its reason phrase may say anything. */
  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(201, "Created"),
          Map.entry(202, "Accepted"),
          Map.entry(204, "No Content"),
          Map.entry(205, "Reset Content"),
          Map.entry(206, "Partial Content"),
          Map.entry(300, "Multiple Choices"),
          Map.entry(304, "Not Modified"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(402, "Payment Required"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(406, "Not Acceptable"),
          Map.entry(407, "Proxy Authentication Required"),
          Map.entry(408, "Request Timeout"),
          Map.entry(409, "Conflict"),
          Map.entry(410, "Gone"),
          Map.entry(416, "Range Not Satisfiable"),
          Map.entry(418, "I'm a teapot"),
          Map.entry(421, "Misdirected Request"),
          Map.entry(423, "Locked"),
          Map.entry(425, "Too Early"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(451, "Unavailable For Legal Reasons"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(502, "Bad Gateway"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(504, "Gateway Timeout"));

  private HttpFaults() {}

  /** Of an answer that is not the file. */
  static FetchException ofStatus(int code) {
    String text = (code + " " + REASONS.getOrDefault(code, "")).strip();
    if (code >= 500) {
      return FetchException.transientFault(text);
    }
    return code == 408 || code == 425 || code == 429
        ? FetchException.retryableLater(text)
        : FetchException.permanent(text);
  }

  /**
   * Of a failed exchange.
   *
   * @param connected whether the connection stood
   */
  static FetchException of(IOException e, boolean connected, InputLimits limits) {
    return switch (e) {
      case NotPublicException notPublic ->
          FetchException.permanent(String.valueOf(notPublic.getMessage()));
      case UnknownHostException unknown ->
          FetchException.permanent("host not found: " + unknown.getMessage());
      case InterruptedIOException timeout -> ofTimeout(timeout, connected, limits);
      case SSLException tls -> ofTls(tls);
      case SocketException socket -> ofSocket(socket, connected);
      case EOFException _ -> ended();
      default -> ofProtocol(Objects.toString(e.getMessage()));
    };
  }

  private static FetchException ofTimeout(
      InterruptedIOException e, boolean connected, InputLimits limits) {
    if (!(e instanceof SocketTimeoutException)) {
      return FetchException.retryableLater(
          "timed out: not finished within " + seconds(limits.total()));
    }
    return FetchException.retryableLater(
        connected
            ? "timed out after " + seconds(limits.idle()) + " without data"
            : "timed out while connecting");
  }

  private static FetchException ofTls(SSLException e) {
    if (caused(e, CertificateException.class::isInstance)) {
      return FetchException.permanent("the server's TLS certificate is not valid for this host");
    }
    return caused(e, SocketException.class::isInstance)
        ? reset()
        : FetchException.permanent("TLS handshake failed");
  }

  private static FetchException ofSocket(SocketException e, boolean connected) {
    if (e instanceof ConnectException && caused(e, HttpFaults::saysRefused)) {
      return FetchException.retryableLater("connection refused");
    }
    return connected ? reset() : FetchException.retryableLater("host not reachable");
  }

  /** These OkHttp tells apart by text alone, or by classes that are not its API. */
  private static FetchException ofProtocol(String message) {
    if (message.startsWith("unexpected end of stream")) {
      return ended();
    }
    return message.startsWith("stream was reset") ? reset() : FetchException.permanent(INVALID);
  }

  private static FetchException ended() {
    return FetchException.transientFault("the connection ended too early");
  }

  private static FetchException reset() {
    return FetchException.transientFault("connection reset");
  }

  private static boolean saysRefused(Throwable e) {
    return e.getMessage() != null && e.getMessage().contains("refused");
  }

  private static boolean caused(Throwable e, Predicate<Throwable> test) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause).anyMatch(test);
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
