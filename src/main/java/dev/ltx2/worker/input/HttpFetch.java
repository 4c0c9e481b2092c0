package dev.ltx2.worker.input;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.net.AddressException;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.GuardedHttp;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private static final int MAX_REDIRECTS = 5;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(300);

  private final InputLimits limits;
  private final Clock time;
  private final AddressGuard guard;
  private final OkHttpClient client;

  HttpFetch(InputLimits limits, AddressGuard guard, Clock time) {
    this.limits = limits;
    this.time = time;
    this.guard = guard;
    this.client =
        GuardedHttp.client(guard)
            .addNetworkInterceptor(HttpFetch::exchange)
            .connectTimeout(limits.connect())
            .readTimeout(limits.idle())
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

  /** Fetches {@code url} into {@code file}, with one more try where that often helps. */
  void fetch(HttpUrl url, Path file) throws FetchException, InterruptedException {
    long start = time.nanos();
    try {
      attempt(url, file, start);
    } catch (FetchException fault) {
      if (!fault.isTransient()) {
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
      next = get(checked(next.get()), url, file, start);
      if (next.isEmpty()) {
        return;
      }
    }
    throw FetchException.permanent("more than " + MAX_REDIRECTS + " redirects");
  }

  private HttpUrl checked(HttpUrl url) throws FetchException {
    try {
      return guard.checked(url);
    } catch (AddressException e) {
      throw FetchException.permanent(e.getMessage());
    }
  }

  /** Empty when the file is there, else where to look next. */
  private Optional<HttpUrl> get(HttpUrl url, HttpUrl first, Path file, long start)
      throws FetchException, InterruptedException {
    AtomicBoolean connected = new AtomicBoolean();
    Call call = client.newCall(request(url, first, connected));
    Duration left = limits.total().minus(time.since(start));
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
      throw HttpFaults.of(e, connected.get(), limits);
    } catch (IllegalArgumentException | IllegalStateException e) {
      call.cancel();
      throw FetchException.permanent(HttpFaults.INVALID);
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
      throw FetchException.permanent("redirected to something that is not an http or https URL");
    }
    return target;
  }

  private void save(Response response, Path file) throws FetchException, IOException {
    int code = response.code();
    if (code != 200 && code != 203) {
      throw HttpFaults.ofStatus(code);
    }
    // OkHttp asks for gzip and has taken it off; what is left here nobody asked for.
    String encoding = response.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw FetchException.permanent("sent with a Content-Encoding that was not asked for");
    }
    if (response.body().contentLength() > limits.maxBytes()) {
      throw limits.tooLarge();
    }
    try (InputStream in = response.body().byteStream()) {
      LimitedCopy.save(in, file, limits);
    }
  }
}
