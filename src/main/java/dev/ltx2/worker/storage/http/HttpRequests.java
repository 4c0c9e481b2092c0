package dev.ltx2.worker.storage.http;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.net.NotPublicException;
import dev.ltx2.worker.storage.client.NetworkWords;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks one server, again while that may help and time is left. */
public final class HttpRequests {
  private static final Logger LOG = LoggerFactory.getLogger(HttpRequests.class);
  private static final int MAX_BODY = 8192;
  private final OkHttpClient client;
  private final String server;
  private final UploadTimeouts patience;
  private final Clock time;
  private volatile @Nullable String last;
  private volatile boolean asksFirst = true;

  /** {@code server} is its name for log lines. */
  public HttpRequests(
      OkHttpClient.Builder client, String server, UploadTimeouts patience, Clock time) {
    this.client =
        client
            .connectTimeout(patience.connect())
            .readTimeout(patience.answer())
            .writeTimeout(patience.answer())
            .build();
    this.server = server;
    this.patience = patience;
    this.time = time;
  }

  /** One try of what {@link #persist} repeats. */
  public interface Attempt {
    HttpAnswer run() throws IOException, StoreFault, InterruptedException;
  }

  /** Forgets what was repeated before. */
  public void forget() {
    last = null;
  }

  /** What the latest repetition was for. */
  public Optional<String> lastRetry() {
    return Optional.ofNullable(last);
  }

  /**
   * The first answer that is not passing, or the last one of all; a success is never followed by
   * another try.
   *
   * @throws StoreFault when there was no answer
   */
  public HttpAnswer persist(Attempt attempt) throws StoreFault, InterruptedException {
    ExponentialBackOff backOff =
        new ExponentialBackOff(patience.firstDelay(), patience.longestDelay());
    long start = time.nanos();
    for (int number = 1; ; number++) {
      Optional<HttpAnswer> answer = Optional.empty();
      String words;
      try {
        answer = Optional.of(attempt.run());
        if (!answer.get().passing()) {
          return answer.get();
        }
        words = server + " answered " + answer.get().code();
      } catch (IOException e) {
        words = words(e);
      }
      Duration pause = backOff.next();
      Duration asked = answer.flatMap(HttpAnswer::retryAfter).orElse(Duration.ZERO);
      Duration wait = asked.compareTo(pause) > 0 ? asked : pause;
      boolean late = time.since(start).plus(wait).compareTo(patience.retrying()) > 0;
      if (late || number == patience.attempts()) {
        if (answer.isEmpty()) {
          throw new StoreFault(0, words);
        }
        return answer.get();
      }
      last = words;
      if (number == 1) {
        LOG.warn(
            "Asking {} again, for up to {} s: {}", server, patience.retrying().toSeconds(), words);
      } else {
        LOG.info("Asking {} again: {}", server, words);
      }
      time.sleep(wait);
    }
  }

  private static String words(IOException e) throws StoreFault, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (e instanceof NotPublicException) {
      throw new StoreFault(0, String.valueOf(e.getMessage()));
    }
    if (NetworkWords.chain(e).stream().anyMatch(CertificateException.class::isInstance)) {
      throw new StoreFault(0, "the server's TLS certificate is not valid for this host");
    }
    return NetworkWords.of(e).orElse("the connection broke");
  }

  /**
   * Sends it once. A body is announced first (Expect: 100-continue), so that a refusal is heard
   * before the bytes are sent: a server that closes meanwhile resets the connection, and its answer
   * is lost. A server that keeps silent then is asked without from there on.
   */
  public HttpAnswer send(Request request) throws IOException {
    boolean announced = asksFirst && request.body() != null && request.body().contentLength() > 0;
    Request sent =
        announced ? request.newBuilder().header("Expect", "100-continue").build() : request;
    try (Response response = client.newCall(sent).execute()) {
      return new HttpAnswer(
          response.code(), response.headers(), response.isSuccessful() ? "" : text(response));
    } catch (SocketTimeoutException e) {
      asksFirst &= !announced;
      throw e;
    }
  }

  /** A failure's words, as far as they come; without them its status is enough. */
  private static String text(Response response) {
    BufferedSource source = response.body().source();
    try {
      source.request(MAX_BODY);
    } catch (IOException e) {
      LOG.debug("an answer's body broke off", e);
    }
    ByteString read = source.getBuffer().snapshot();
    return read.substring(0, Math.min(MAX_BODY, read.size())).utf8();
  }

  /** The content of a small object. */
  public Optional<byte[]> read(Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      return response.isSuccessful()
          ? Optional.of(response.peekBody(MAX_BODY).bytes())
          : Optional.empty();
    }
  }
}
