package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ltx2.worker.common.Clock;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * HTTP to one address. Every call is bounded in time and bytes, also when the other side takes the
 * connection and then says nothing, and ends at once with its thread's interrupt.
 */
public final class ComfyUiHttp {
  /** Python writes NaN and Infinity into JSON. */
  public static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** A second bound below {@link Bound}, by the machine's own time. */
  private static final Duration STALL = Duration.ofSeconds(60);

  private final HttpUrl base;
  private final OkHttpClient client;
  private final ExecutorService threads;
  private final Clock time;

  /**
   * What one call may cost.
   *
   * @param total from its start to the end of its answer
   * @param stall how long no byte may pass in either direction
   * @param bytes the longest answer
   * @param tokens the most JSON tokens that become objects
   */
  record Bound(Duration total, Duration stall, long bytes, long tokens) {
    Bound {
      stall = stall.compareTo(total) < 0 ? stall : total;
    }

    /** Ends with the deadline, if that is earlier. */
    Bound until(Deadline deadline) {
      return new Bound(deadline.left(total), stall, bytes, tokens);
    }
  }

  /** An answer outside 2xx, or one that is not what it should be. */
  public static final class BadAnswer extends IOException {
    final int status;
    final boolean tooLong;

    private BadAnswer(Response response, boolean tooLong, String message) {
      super(message);
      this.status = response.code();
      this.tooLong = tooLong;
    }

    /** It has more than so many bytes. */
    static BadAnswer tooLong(Response response, long bytes) {
      return new BadAnswer(
          response,
          true,
          "its answer to %s is longer than %d MB".formatted(name(response), bytes >> 20));
    }

    /** The answer's status is not 2xx. */
    static BadAnswer of(Response response) {
      return new BadAnswer(
          response, false, "it answered %d to %s".formatted(response.code(), name(response)));
    }

    private static BadAnswer notJson(Response response) {
      return new BadAnswer(
          response,
          false,
          "its answer %d to %s is not a JSON object".formatted(response.code(), name(response)));
    }

    private static String name(Response response) {
      return response.request().method() + " " + response.request().url().encodedPath();
    }
  }

  /** Makes of an answer what is wanted. */
  @FunctionalInterface
  interface AnswerReader<T> {
    T read(Response response) throws IOException;
  }

  /** Nothing is sent yet; the calls run on {@code threads}. */
  ComfyUiHttp(URI url, ExecutorService threads, Clock time) {
    HttpUrl parsed = HttpUrl.get(url);
    if (parsed == null) {
      throw new IllegalArgumentException("ComfyUI's address must be http:// or https://");
    }
    this.base = parsed.newBuilder().query(null).fragment(null).build();
    this.threads = threads;
    this.time = time;
    this.client =
        new OkHttpClient.Builder()
            .connectTimeout(Duration.ofSeconds(3))
            .readTimeout(STALL)
            .writeTimeout(STALL)
            // Below aiohttp's 75 s, so that no request meets a connection about to be closed.
            .connectionPool(new ConnectionPool(5, 30, TimeUnit.SECONDS))
            .followRedirects(false)
            .addNetworkInterceptor(ComfyUiHttp::sendAtOnce)
            .build();
  }

  /** Without it the end of an upload waits 40 ms for the other side's delayed ACK: measured. */
  private static Response sendAtOnce(Interceptor.Chain chain) throws IOException {
    Objects.requireNonNull(chain.connection()).socket().setTcpNoDelay(true);
    return chain.proceed(chain.request());
  }

  /** The address, to be completed. */
  HttpUrl.Builder url() {
    return base.newBuilder();
  }

  Request.Builder request(String path) {
    return new Request.Builder().url(url().addPathSegments(path).build());
  }

  /** For {@link #call}: reads JSON of any answer, and says of other things what they are not. */
  static <T> T json(Response response, AnswerReader<T> reader) throws IOException {
    try {
      return reader.read(response);
    } catch (JsonProcessingException | CharConversionException e) {
      // without its message, which quotes the body
      throw BadAnswer.notJson(response);
    }
  }

  /** The answer, if it is a good one. */
  static Response good(Response response) throws IOException {
    if (!response.isSuccessful()) {
      throw BadAnswer.of(response);
    }
    return response;
  }

  /** Sends it, again where the connection turns out to be stale. */
  <T> T call(Request request, Bound bound, AnswerReader<T> reader)
      throws IOException, InterruptedException {
    return call(client, request, bound, reader);
  }

  /** Sends it at most once. */
  <T> T callOnce(Request request, Bound bound, AnswerReader<T> reader)
      throws IOException, InterruptedException {
    return call(
        client.newBuilder().retryOnConnectionFailure(false).build(), request, bound, reader);
  }

  private <T> T call(OkHttpClient with, Request request, Bound bound, AnswerReader<T> reader)
      throws IOException, InterruptedException {
    Traffic traffic = new Traffic(bound.bytes());
    Call call = with.newCall(traffic.counted(request));
    BlockingQueue<Future<T>> ended = new LinkedBlockingQueue<>();
    Deadline end = Deadline.in(time, bound.total());
    if (end.passed()) {
      throw new InterruptedIOException(
          "no time was left for %s %s".formatted(request.method(), request.url().encodedPath()));
    }
    try {
      Future<T> task =
          new ExecutorCompletionService<>(threads, ended)
              .submit(() -> {
                try (Response response = call.execute()) {
                  return reader.read(traffic.counted(response));
                }
              });
      try {
        return await(ended, traffic, end, bound, request).get();
      } finally {
        if (!task.isDone()) {
          call.cancel();
        }
      }
    } catch (RejectedExecutionException e) {
      throw new IOException("the client is closed", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException("HTTP call failed", e.getCause());
    }
  }

  private <T> Future<T> await(
      BlockingQueue<Future<T>> ended, Traffic traffic, Deadline end, Bound bound, Request request)
      throws IOException, InterruptedException {
    while (true) {
      long moved = traffic.moved();
      Future<T> answer = time.poll(ended, end.left(bound.stall()));
      if (answer != null) {
        return answer;
      }
      if (end.passed()) {
        throw late(request, traffic, bound.total());
      }
      if (traffic.moved() == moved) {
        throw late(request, traffic, bound.stall());
      }
    }
  }

  private static IOException late(Request request, Traffic traffic, Duration waited) {
    return new InterruptedIOException(
        "no %s to %s %s within %.0f s"
            .formatted(
                traffic.answering() ? "end of the answer" : "answer",
                request.method(),
                request.url().encodedPath(),
                Math.max(0, waited.toMillis()) / 1000.0));
  }

  /** Lets go of idle connections. */
  void close() {
    client.connectionPool().evictAll();
  }
}
