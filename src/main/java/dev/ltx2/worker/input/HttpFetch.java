package dev.ltx2.worker.input;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.AddressGuard.NotPublicException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.SocketFactory;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** One guarded GET into a file. Redirects are followed here, so that each target is checked. */
final class HttpFetch {
  private static final String INVALID = "the server's answer is not valid HTTP or gzip";
  private static final int MAX_REDIRECTS = 5;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(300);

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

  private final Downloads.Options options;
  private final Clock time;
  private final AddressGuard guard;
  private final OkHttpClient client;

  HttpFetch(Downloads.Options options, AddressGuard guard, Clock time) {
    this.options = options;
    this.time = time;
    this.guard = guard;
    this.client =
        new OkHttpClient.Builder()
            .dns(guard)
            .addNetworkInterceptor(guard)
            .addNetworkInterceptor(HttpFetch::exchange)
            .proxy(Proxy.NO_PROXY)
            .socketFactory(new DirectSockets())
            .followRedirects(false)
            .followSslRedirects(false)
            .connectTimeout(options.connect())
            .readTimeout(options.idle())
            .connectionPool(new ConnectionPool(16, 15, TimeUnit.SECONDS))
            .build();
  }

  private static Response exchange(Interceptor.Chain chain) throws IOException {
    Objects.requireNonNull(chain.request().tag(AtomicBoolean.class)).set(true);
    Response response = chain.proceed(chain.request());
    if (response.body().contentLength() < -1) {
      // Here, where it ends the connection: beyond, reading and even closing such a body throws,
      // and OkHttp never gets its connection back.
      throw new ProtocolException("negative Content-Length");
    }
    return response;
  }

  /** Connections that have a call on them. */
  int busyConnections() {
    ConnectionPool pool = client.connectionPool();
    return pool.connectionCount() - pool.idleConnectionCount();
  }

  /** Fetches {@code address} into {@code file}, with one more try where that often helps. */
  void fetch(String address, Path file) throws FetchException, InterruptedException {
    HttpUrl url = HttpUrl.parse(address);
    if (url == null) {
      throw FetchException.lasting("not a valid URL");
    }
    long start = time.nanos();
    try {
      attempt(url, file, start);
    } catch (FetchException fault) {
      if (!fault.passing()) {
        throw fault;
      }
      time.sleep(RETRY_PAUSE);
      attempt(url, file, start);
    }
  }

  private void attempt(HttpUrl url, Path file, long start)
      throws FetchException, InterruptedException {
    Optional<HttpUrl> next = Optional.of(url);
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      next = get(guard.checked(next.get()), url, file, start);
      if (next.isEmpty()) {
        return;
      }
    }
    throw FetchException.lasting("more than " + MAX_REDIRECTS + " redirects");
  }

  /** Empty when the file is there, else where to look next. */
  private Optional<HttpUrl> get(HttpUrl url, HttpUrl first, Path file, long start)
      throws FetchException, InterruptedException {
    AtomicBoolean connected = new AtomicBoolean();
    Call call = client.newCall(request(url, first, connected));
    Duration left = options.total().minus(time.since(start));
    call.timeout().timeout(Math.max(1, left.toNanos()), TimeUnit.NANOSECONDS);
    try (Response response = call.execute()) {
      String location = response.header("Location");
      if (response.isRedirect() && location != null) {
        return Optional.of(target(url, location));
      }
      save(response, file);
      return Optional.empty();
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw fault(e, connected.get());
    } catch (IllegalArgumentException | IllegalStateException e) {
      call.cancel();
      throw FetchException.lasting(INVALID);
    }
  }

  /** Credentials in the URL go to that URL's own origin and are not carried to another. */
  private static Request request(HttpUrl url, HttpUrl first, AtomicBoolean connected) {
    Request.Builder request =
        new Request.Builder()
            .url(url.newBuilder().username("").password("").fragment(null).build())
            .header("User-Agent", "ltx2-worker")
            .tag(AtomicBoolean.class, connected);
    boolean sameOrigin =
        url.scheme().equals(first.scheme())
            && url.host().equals(first.host())
            && url.port() == first.port();
    if (sameOrigin && !(first.username() + first.password()).isEmpty()) {
      request.header(
          "Authorization",
          Credentials.basic(first.username(), first.password(), StandardCharsets.UTF_8));
    }
    return request.build();
  }

  private static HttpUrl target(HttpUrl url, String location) throws FetchException {
    HttpUrl target = url.resolve(location);
    if (target == null) {
      throw FetchException.lasting("redirected to something that is not an http or https URL");
    }
    return target;
  }

  private void save(Response response, Path file) throws FetchException, IOException {
    int code = response.code();
    if (code != 200 && code != 203) {
      throw status(code);
    }
    // OkHttp asks for gzip and has taken it off; what is left here nobody asked for.
    String encoding = response.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw FetchException.lasting("sent with a Content-Encoding that was not asked for");
    }
    if (response.body().contentLength() > options.maxBytes()) {
      throw options.tooLarge();
    }
    try (InputStream in = response.body().byteStream()) {
      LimitedCopy.save(in, file, options);
    }
  }

  private static FetchException status(int code) {
    String text = (code + " " + REASONS.getOrDefault(code, "")).strip();
    if (code >= 500) {
      return FetchException.passing(text);
    }
    return code == 408 || code == 425 || code == 429
        ? FetchException.retryable(text)
        : FetchException.lasting(text);
  }

  private FetchException fault(IOException e, boolean connected) {
    return switch (e) {
      case NotPublicException notPublic ->
          FetchException.lasting(String.valueOf(notPublic.getMessage()));
      case UnknownHostException _ -> FetchException.lasting("host not found");
      case SocketTimeoutException _ when connected ->
          FetchException.retryable("timed out after " + seconds(options.idle()) + " without data");
      case SocketTimeoutException _ -> FetchException.retryable("timed out while connecting");
      case InterruptedIOException _ ->
          FetchException.retryable("timed out: not finished within " + seconds(options.total()));
      case ConnectException refused when refusedByPeer(refused) ->
          FetchException.retryable("connection refused");
      case SSLException ssl when caused(ssl, CertificateException.class) ->
          FetchException.lasting("the server's TLS certificate is not valid for this host");
      case SSLException ssl when caused(ssl, SocketException.class) ->
          FetchException.passing("connection reset");
      case SSLException _ -> FetchException.lasting("TLS handshake failed");
      case SocketException _ when connected -> FetchException.passing("connection reset");
      case SocketException _ -> FetchException.retryable("host not reachable");
      case EOFException _ -> FetchException.passing("the connection ended too early");
      default -> protocol(Objects.toString(e.getMessage()));
    };
  }

  /** These OkHttp tells apart by text alone, or by classes that are not its API. */
  private static FetchException protocol(String message) {
    if (message.startsWith("unexpected end of stream")) {
      return FetchException.passing("the connection ended too early");
    }
    if (message.startsWith("stream was reset")) {
      return FetchException.passing("connection reset");
    }
    return FetchException.lasting(INVALID);
  }

  private static boolean refusedByPeer(ConnectException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && cause.getMessage().contains("refused")) {
        return true;
      }
    }
    return false;
  }

  private static boolean caused(Throwable e, Class<?> type) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }

  /** A plain {@code new Socket()} would obey the system property socksProxyHost. */
  private static final class DirectSockets extends SocketFactory {
    @Override
    public Socket createSocket() {
      return new Socket(Proxy.NO_PROXY);
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
