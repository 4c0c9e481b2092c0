package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.ByteString;

/** A client of ComfyUI for tests: a real socket, every text frame kept. */
final class Client implements AutoCloseable {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A status and a body; missing when the body is not JSON. */
  record Answer(int status, ByteString bytes, JsonNode body) {}

  final String id = "rec-client";
  final CompletableFuture<String> ended = new CompletableFuture<>();
  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
  private final OkHttpClient http =
      new OkHttpClient.Builder().retryOnConnectionFailure(false).build();
  private final URI url;
  private WebSocket socket;

  Client(URI url) {
    this.url = url;
  }

  Client connect() {
    Request request = new Request.Builder().url(url + "/ws?clientId=" + id).build();
    socket =
        http.newWebSocket(
            request,
            new WebSocketListener() {
              @Override
              public void onMessage(WebSocket socket, String text) {
                try {
                  events.add(MAPPER.readTree(text));
                } catch (IOException e) {
                  ended.complete("not JSON: " + text);
                }
              }

              @Override
              public void onClosing(WebSocket socket, int code, String reason) {
                // Otherwise OkHttp never gives its connection back.
                socket.close(1000, null);
                ended.complete("closed " + code);
              }

              @Override
              public void onFailure(WebSocket socket, Throwable failure, Response response) {
                ended.complete("failed: " + failure);
              }
            });
    return this;
  }

  JsonNode event() throws InterruptedException {
    return events.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** All events up to the end of the prompt, this one too. */
  List<JsonNode> untilEnd(Consumer<JsonNode> each) throws InterruptedException {
    List<JsonNode> all = new ArrayList<>();
    while (true) {
      JsonNode event = event();
      if (event == null) {
        throw new AssertionError("no end after " + all.size() + " events");
      }
      all.add(event);
      each.accept(event);
      if (is(event, "executing") && event.at("/data/node").isNull()) {
        return all;
      }
    }
  }

  JsonNode await(String type, String node) throws InterruptedException {
    while (true) {
      JsonNode event = event();
      if (event == null) {
        throw new AssertionError("no " + type + " of " + node);
      }
      if (is(event, type) && (node == null || event.at("/data/node").asText().equals(node))) {
        return event;
      }
    }
  }

  int waiting() {
    return events.size();
  }

  static boolean is(JsonNode event, String type) {
    return event.path("type").asText().equals(type);
  }

  Answer get(String path) throws IOException {
    return call(new Request.Builder().url(url + path).build());
  }

  Answer get(String path, String header, String value) throws IOException {
    return call(new Request.Builder().url(url + path).header(header, value).build());
  }

  Answer post(String path, String body) throws IOException {
    return call(
        new Request.Builder()
            .url(url + path)
            .post(RequestBody.create(body, MediaType.get("application/json")))
            .build());
  }

  /** Posts a graph under a new id. */
  Answer prompt(JsonNode graph) throws IOException {
    ObjectNode body = MAPPER.createObjectNode().put("client_id", id);
    body.put("prompt_id", UUID.randomUUID().toString()).set("prompt", graph);
    return post("/prompt", body.toString());
  }

  Answer upload(String name, byte[] content, String subfolder, boolean overwrite)
      throws IOException {
    return call(
        new Request.Builder()
            .url(url + "/upload/image")
            .post(
                new MultipartBody.Builder()
                    .setType(MultipartBody.FORM)
                    .addFormDataPart(
                        "image",
                        name,
                        RequestBody.create(content, MediaType.get("application/octet-stream")))
                    .addFormDataPart("subfolder", subfolder)
                    .addFormDataPart("overwrite", Boolean.toString(overwrite))
                    .build())
            .build());
  }

  private Answer call(Request request) throws IOException {
    try (Response response = http.newCall(request).execute()) {
      ByteString bytes = response.body().byteString();
      JsonNode body = MissingNode.getInstance();
      if (String.valueOf(response.header("Content-Type")).startsWith("application/json")) {
        body = MAPPER.readTree(bytes.utf8());
      }
      return new Answer(response.code(), bytes, body);
    }
  }

  /** The entry of a prompt, once it has ended. */
  JsonNode history(String promptId) {
    return org.awaitility.Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> get("/history/" + promptId).body().path(promptId), n -> !n.isMissingNode());
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.cancel();
    }
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
