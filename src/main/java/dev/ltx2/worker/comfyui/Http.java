package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * ComfyUI's HTTP API. Every call is bounded in time and ends at once with its thread's interrupt.
 */
final class Http {
  /** Python writes NaN and Infinity into JSON. */
  static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private static final MediaType JSON_TYPE = MediaType.get("application/json");
  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  /** For questions that ComfyUI answers from memory, in milliseconds unless its loop is held up. */
  private static final Duration QUESTION = Duration.ofSeconds(5);

  /** For posting a prompt (validation lists folders and opens inputs) and for object_info. */
  private static final Duration WORK = Duration.ofSeconds(60);

  /** For files of 100 MB over a slow line; a stall of a minute ends them earlier. */
  private static final Duration TRANSFER = Duration.ofMinutes(10);

  private final HttpUrl base;
  private final OkHttpClient client;
  private final ExecutorService threads;

  /** An answer outside 2xx, or one that is not what it should be. */
  static final class BadAnswer extends IOException {
    final int status;

    BadAnswer(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  /** The answer to a posted prompt. */
  record Posted(int status, JsonNode body) {}

  @FunctionalInterface
  private interface Reader<T> {
    T read(Response response) throws IOException;
  }

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
            .readTimeout(WORK)
            .writeTimeout(WORK)
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

  /** The address as it may be shown: without user, password and query. */
  String shown() {
    return base.newBuilder().username("").password("").build().toString().replaceFirst("/$", "");
  }

  /** Where the events are. */
  URI socket(String clientId) {
    URI http =
        base.newBuilder()
            .username("")
            .password("")
            .addPathSegment("ws")
            .addQueryParameter("clientId", clientId)
            .build()
            .uri();
    return URI.create(http.toString().replaceFirst("^http", "ws"));
  }

  JsonNode objectInfo() throws IOException, InterruptedException {
    return json("object_info", WORK);
  }

  /** The prompt's entry; empty until it has ended. */
  Optional<JsonNode> history(String id) throws IOException, InterruptedException {
    return Optional.ofNullable(json("history/" + id, QUESTION).get(id));
  }

  /** Whether it waits or runs. */
  boolean queued(String id) throws IOException, InterruptedException {
    JsonNode queue = json("queue", QUESTION);
    for (String part : List.of("queue_running", "queue_pending")) {
      for (JsonNode item : queue.path(part)) {
        if (item.path(1).asText().equals(id)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Answers for every status below 500; never sent twice, since each post of an id runs. */
  Posted post(ObjectNode prompt) throws IOException, InterruptedException {
    Request request = request("prompt").post(body(prompt)).build();
    OkHttpClient once =
        client.newBuilder().retryOnConnectionFailure(false).callTimeout(WORK).build();
    return call(
        once,
        request,
        response -> {
          if (response.code() >= 500) {
            throw bad(request, response);
          }
          return new Posted(response.code(), tree(request, response));
        });
  }

  /**
   * Takes it out of the queue and interrupts it: whichever it is at, one of the two hits. ComfyUI
   * ignores an interrupt between taking a prompt and starting it, so this is to be repeated.
   */
  void stop(String id) throws IOException, InterruptedException {
    send("queue", JSON.createObjectNode().set("delete", JSON.createArrayNode().add(id)));
    send("interrupt", JSON.createObjectNode().put("prompt_id", id));
  }

  void forget(List<String> ids) throws IOException, InterruptedException {
    send("history", JSON.createObjectNode().set("delete", JSON.valueToTree(ids)));
  }

  void free() throws IOException, InterruptedException {
    send("free", JSON.createObjectNode().put("unload_models", true).put("free_memory", true));
  }

  /** The name it was stored under, relative to the input folder. */
  String upload(Path file, String folder, String name) throws IOException, InterruptedException {
    MultipartBody form =
        new MultipartBody.Builder()
            .setType(MultipartBody.FORM)
            .addFormDataPart("subfolder", folder)
            .addFormDataPart("type", "input")
            .addFormDataPart("overwrite", "true")
            .addFormDataPart("image", name, RequestBody.create(file.toFile(), BYTES))
            .build();
    Request request = request("upload/image").post(form).build();
    JsonNode answer = call(bounded(TRANSFER), request, response -> good(request, response));
    return answer.path("subfolder").asText() + '/' + answer.path("name").asText();
  }

  /** Streams a result into {@code target}; a body shorter than announced is an error. */
  void view(Output output, Path target) throws IOException, InterruptedException {
    HttpUrl url =
        base.newBuilder()
            .addPathSegment("view")
            .addQueryParameter("filename", output.filename())
            .addQueryParameter("subfolder", output.subfolder())
            .addQueryParameter("type", output.type())
            .build();
    Request request = new Request.Builder().url(url).build();
    long length =
        call(
            bounded(TRANSFER),
            request,
            response -> {
              if (!response.isSuccessful()) {
                throw bad(request, response);
              }
              try (InputStream in = response.body().byteStream()) {
                return Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
              }
            });
    if (length == 0) {
      throw new IOException("ComfyUI's " + output.filename() + " is empty");
    }
  }

  private void send(String path, JsonNode body) throws IOException, InterruptedException {
    Request request = request(path).post(body(body)).build();
    call(
        bounded(QUESTION),
        request,
        response -> {
          if (!response.isSuccessful()) {
            throw bad(request, response);
          }
          return response.code();
        });
  }

  private JsonNode json(String path, Duration limit) throws IOException, InterruptedException {
    Request request = request(path).build();
    return call(bounded(limit), request, response -> good(request, response));
  }

  private OkHttpClient bounded(Duration limit) {
    return client.newBuilder().callTimeout(limit).build();
  }

  private Request.Builder request(String path) {
    return new Request.Builder().url(base.newBuilder().addPathSegments(path).build());
  }

  private static RequestBody body(JsonNode json) throws JsonProcessingException {
    return RequestBody.create(JSON.writeValueAsBytes(json), JSON_TYPE);
  }

  private static JsonNode good(Request request, Response response) throws IOException {
    if (!response.isSuccessful()) {
      throw bad(request, response);
    }
    return tree(request, response);
  }

  private static JsonNode tree(Request request, Response response) throws IOException {
    byte[] bytes = response.body().bytes();
    try {
      JsonNode tree = JSON.readTree(bytes);
      if (tree.isObject()) {
        return tree;
      }
    } catch (JsonProcessingException e) {
      // told below, without the body it quotes
    }
    throw new BadAnswer(
        response.code(),
        "its answer %d to %s is not a JSON object".formatted(response.code(), name(request)));
  }

  private static BadAnswer bad(Request request, Response response) {
    return new BadAnswer(
        response.code(), "it answered %d to %s".formatted(response.code(), name(request)));
  }

  private static String name(Request request) {
    return request.method() + " " + request.url().encodedPath();
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
