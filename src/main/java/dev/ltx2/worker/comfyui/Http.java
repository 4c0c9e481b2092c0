package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
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
 * HTTP to one address. Every call is bounded in time and ends at once with its thread's interrupt.
 */
final class Http {
  /** Python writes NaN and Infinity into JSON. */
  static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** How long one read or write may stall. */
  private static final Duration STALL = Duration.ofSeconds(60);

  private final HttpUrl base;
  private final OkHttpClient client;
  private final ExecutorService threads;

  /** An answer outside 2xx, or one that is not what it should be. */
  static final class BadAnswer extends IOException {
    final int status;

    private BadAnswer(Response response, String message) {
      super(message);
      this.status = response.code();
    }

    /** The answer's status is not one that was hoped for. */
    static BadAnswer of(Response response) {
      return new BadAnswer(
          response, "it answered %d to %s".formatted(response.code(), name(response)));
    }

    private static BadAnswer notJson(Response response) {
      return new BadAnswer(
          response,
          "its answer %d to %s is not a JSON object".formatted(response.code(), name(response)));
    }

    private static String name(Response response) {
      return response.request().method() + " " + response.request().url().encodedPath();
    }
  }

  /** Makes of an answer what is wanted. */
  @FunctionalInterface
  interface Reader<T> {
    T read(Response response) throws IOException;
  }

  /** Nothing is sent yet; the calls run on {@code threads}. */
  Http(URI url, ExecutorService threads) {
    HttpUrl parsed = HttpUrl.get(url);
    if (parsed == null) {
      throw new IllegalArgumentException("ComfyUI's address must be http:// or https://");
    }
    this.base = parsed.newBuilder().query(null).fragment(null).build();
    this.threads = threads;
    this.client =
        new OkHttpClient.Builder()
            .connectTimeout(Duration.ofSeconds(3))
            .readTimeout(STALL)
            .writeTimeout(STALL)
            // Below aiohttp's 75 s, so that no request meets a connection about to be closed.
            .connectionPool(new ConnectionPool(5, 30, TimeUnit.SECONDS))
            .followRedirects(false)
            .addNetworkInterceptor(Http::sendAtOnce)
            .build();
  }

  /** Without it the end of an upload waits 40 ms for the other side's delayed ACK: measured. */
  private static Response sendAtOnce(Interceptor.Chain chain) throws IOException {
    chain.connection().socket().setTcpNoDelay(true);
    return chain.proceed(chain.request());
  }

  /** The address, to be completed. */
  HttpUrl.Builder url() {
    return base.newBuilder();
  }

  Request.Builder request(String path) {
    return new Request.Builder().url(url().addPathSegments(path).build());
  }

  /** For {@link #call}: the JSON object of a good answer. */
  static JsonNode good(Response response) throws IOException {
    if (!response.isSuccessful()) {
      throw BadAnswer.of(response);
    }
    return tree(response);
  }

  /** The JSON object of any answer. */
  static JsonNode tree(Response response) throws IOException {
    byte[] bytes = response.body().bytes();
    try {
      JsonNode tree = JSON.readTree(bytes);
      if (tree.isObject()) {
        return tree;
      }
    } catch (JsonProcessingException | CharConversionException e) {
      // told below, without the body it quotes
    }
    throw BadAnswer.notJson(response);
  }

  /** Sends it, again where the connection turns out to be stale. */
  <T> T call(Request request, Duration limit, Reader<T> reader)
      throws IOException, InterruptedException {
    return call(client.newBuilder().callTimeout(limit).build(), request, reader);
  }

  /** Sends it at most once. */
  <T> T callOnce(Request request, Duration limit, Reader<T> reader)
      throws IOException, InterruptedException {
    return call(
        client.newBuilder().retryOnConnectionFailure(false).callTimeout(limit).build(),
        request,
        reader);
  }

  private <T> T call(OkHttpClient with, Request request, Reader<T> reader)
      throws IOException, InterruptedException {
    Call call = with.newCall(request);
    Future<T> answer;
    try {
      answer =
          threads.submit(() -> {
            try (Response response = call.execute()) {
              return reader.read(response);
            }
          });
    } catch (RejectedExecutionException e) {
      throw new IOException("the client is closed", e);
    }
    try {
      return answer.get();
    } catch (InterruptedException e) {
      call.cancel();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException("HTTP call failed", e.getCause());
    }
  }

  /** Lets go of idle connections. */
  void close() {
    client.connectionPool().evictAll();
  }
}
