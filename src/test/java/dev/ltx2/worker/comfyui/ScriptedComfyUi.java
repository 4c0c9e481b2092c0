package dev.ltx2.worker.comfyui;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.form.FormData;
import io.undertow.server.handlers.form.FormParserFactory;
import io.undertow.util.Headers;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Speaks ComfyUI's protocol on real sockets; what a posted prompt does is a script. */
public final class ScriptedComfyUi implements AutoCloseable {
  /** What happens to one posted prompt. */
  @FunctionalInterface
  public interface Script {
    void play(Play play) throws Exception;
  }

  /** What a test does within a call. */
  @FunctionalInterface
  interface Hook {
    void run() throws Exception;
  }

  /** Writes an answer's body itself. */
  @FunctionalInterface
  interface Bodies {
    void write(HttpServerExchange exchange) throws Exception;
  }

  final List<Play> plays = new CopyOnWriteArrayList<>();

  /** {@code METHOD /path body} of every call but uploads. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  final Map<String, byte[]> uploads = new ConcurrentHashMap<>();
  final Map<String, byte[]> files = new ConcurrentHashMap<>();
  final Map<String, JsonNode> history = new ConcurrentHashMap<>();
  final Map<String, Play> queue = new ConcurrentHashMap<>();
  final AtomicInteger connects = new AtomicInteger();
  volatile String storedNamePrefix = "";
  volatile boolean cutViews;
  volatile Hook beforeView = () -> {};
  volatile Hook beforeForget = () -> {};

  /** Answers {@code /view} or {@code /history/<id>} in the place of the usual answer. */
  final Map<String, Bodies> instead = new ConcurrentHashMap<>();

  private final Map<String, WebSocketChannel> sockets = new ConcurrentHashMap<>();
  private final Queue<Script> scripts = new ArrayDeque<>();
  private final Undertow server;

  public ScriptedComfyUi(Script... scripts) {
    this(0, scripts);
  }

  public ScriptedComfyUi(int port, Script... scripts) {
    this.scripts.addAll(List.of(scripts));
    server =
        Undertow.builder()
            .addHttpListener(port, "127.0.0.1")
            .setDirectBuffers(false)
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .setHandler(
                Handlers.path(new BlockingHandler(this::handle))
                    .addExactPath(
                        "/ws",
                        Handlers.websocket((exchange, channel) ->
                            connected(
                                exchange.getRequestParameters().get("clientId").getFirst(),
                                channel))))
            .build();
    server.start();
  }

  int port() {
    return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
  }

  int sockets() {
    return sockets.size();
  }

  /** It restarted: nothing is queued, nothing is remembered. */
  void forgetEverything() {
    queue.clear();
    history.clear();
  }

  long count(String callPrefix) {
    return calls.stream().filter(call -> call.startsWith(callPrefix)).count();
  }

  private void connected(String clientId, WebSocketChannel channel) {
    channel.getReceiveSetter().set(new AbstractReceiveListener() {});
    channel.resumeReceives();
    sockets.put(clientId, channel);
    connects.incrementAndGet();
    channel.addCloseTask(closed -> sockets.remove(clientId, closed));
    WebSockets.sendText(
        "{\"type\": \"status\", \"data\": {\"status\": {\"exec_info\": {\"queue_remaining\": 0}}}}",
        channel,
        null);
  }

  private void handle(HttpServerExchange exchange) throws Exception {
    String path = exchange.getRequestPath();
    String method = exchange.getRequestMethod().toString();
    if (path.equals("/upload/image")) {
      upload(exchange);
      return;
    }
    String body = new String(exchange.getInputStream().readAllBytes(), UTF_8);
    calls.add(method + ' ' + path + ' ' + body);
    Bodies own = method.equals("GET") ? instead.get(path.replaceFirst("(?<=.)/.*", "")) : null;
    if (own != null) {
      own.write(exchange);
      return;
    }
    switch (path) {
      case "/prompt" -> post(exchange, ComfyUiHttp.JSON.readTree(body));
      case "/queue" -> queue(exchange, method, body);
      case "/interrupt" -> {
        Play play = queue.get(ComfyUiHttp.JSON.readTree(body).path("prompt_id").asText());
        if (play != null) {
          play.stopped.complete("interrupt");
        }
      }
      case "/history" -> {
        beforeForget.run();
        ComfyUiHttp.JSON.readTree(body).path("delete").forEach(id -> history.remove(id.asText()));
      }
      case "/free" -> {}
      case "/view" -> view(exchange);
      case "/object_info" -> json(exchange, 200, "{\"SaveVideo\": {}}");
      default -> {
        ObjectNode answer = ComfyUiHttp.JSON.createObjectNode();
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (history.containsKey(id)) {
          answer.set(id, history.get(id));
        }
        json(exchange, 200, answer.toString());
      }
    }
  }

  private void upload(HttpServerExchange exchange) throws IOException {
    FormData form = FormParserFactory.builder().build().createParser(exchange).parseBlocking();
    FormData.FormValue file = form.getFirst("image");
    String folder = form.getFirst("subfolder").getValue();
    try (InputStream in = file.getFileItem().getInputStream()) {
      uploads.put(folder + '/' + file.getFileName(), in.readAllBytes());
    }
    calls.add("UPLOAD " + folder + '/' + file.getFileName());
    ObjectNode answer = ComfyUiHttp.JSON.createObjectNode();
    answer.put("name", storedNamePrefix + file.getFileName());
    answer.put("subfolder", folder).put("type", form.getFirst("type").getValue());
    json(exchange, 200, answer.toString());
  }

  private void post(HttpServerExchange exchange, JsonNode body) throws Exception {
    Play play = new Play(body);
    Script script = scripts.remove();
    plays.add(play);
    queue.put(play.id, play);
    Thread.ofVirtual()
        .start(() -> {
          try {
            script.play(play);
          } catch (Exception e) {
            play.answer.completeExceptionally(e);
          }
        });
    Answer answer = play.answer.get(20, TimeUnit.SECONDS);
    if (answer.status == 0) {
      exchange.getConnection().close();
      return;
    }
    if (answer.status != 200) {
      queue.remove(play.id);
    }
    json(exchange, answer.status, answer.body);
  }

  private void queue(HttpServerExchange exchange, String method, String body) throws IOException {
    if (method.equals("POST")) {
      for (JsonNode id : ComfyUiHttp.JSON.readTree(body).path("delete")) {
        Play play = queue.get(id.asText());
        if (play != null && play.pending) {
          queue.remove(play.id);
          play.stopped.complete("delete");
        }
      }
      return;
    }
    ObjectNode answer = ComfyUiHttp.JSON.createObjectNode();
    ArrayNode running = answer.putArray("queue_running");
    ArrayNode pending = answer.putArray("queue_pending");
    for (Play play : queue.values()) {
      (play.pending ? pending : running).addArray().add(1).add(play.id).add(play.graph);
    }
    json(exchange, 200, answer.toString());
  }

  private void view(HttpServerExchange exchange) throws Exception {
    beforeView.run();
    Map<String, Deque<String>> query = exchange.getQueryParameters();
    byte[] file =
        files.get(query.get("subfolder").getFirst() + '/' + query.get("filename").getFirst());
    if (file == null) {
      exchange.setStatusCode(404);
      return;
    }
    exchange.setResponseContentLength(file.length);
    if (cutViews) {
      exchange.getOutputStream().write(file, 0, file.length / 2);
      exchange.getOutputStream().flush();
      exchange.getConnection().close();
      return;
    }
    exchange.getOutputStream().write(file);
  }

  private static void json(HttpServerExchange exchange, int status, String body) {
    exchange.setStatusCode(status);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
    exchange.getResponseSender().send(body);
  }

  @Override
  public void close() {
    server.stop();
  }

  private interface Sending {
    void to(WebSocketChannel channel) throws IOException;
  }

  private record Answer(int status, String body) {}

  /** One posted prompt on its way. */
  public final class Play {
    final String id;
    final String clientId;
    public final JsonNode graph;
    final CompletableFuture<String> stopped = new CompletableFuture<>();
    public volatile boolean pending;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    Play(JsonNode body) {
      id = body.path("prompt_id").asText();
      clientId = body.path("client_id").asText();
      graph = body.path("prompt");
    }

    public void accept() {
      answer(200, "{\"prompt_id\": \"%s\", \"number\": 1, \"node_errors\": {}}".formatted(id));
    }

    void answer(int status, String body) {
      answer.complete(new Answer(status, body));
    }

    /** The connection breaks instead of an answer. */
    void breakOff() {
      answer(0, "");
    }

    /** Sends an event of this prompt; {@code data} is the inside of its object. */
    public void event(String type, String data) throws IOException {
      String more = data.isEmpty() ? "" : ", " + data;
      send("{\"type\": \"%s\", \"data\": {\"prompt_id\": \"%s\"%s}}".formatted(type, id, more));
    }

    /** Sends a text frame; as with ComfyUI, a client that is gone does not disturb the prompt. */
    void send(String frame) {
      connected(channel -> WebSockets.sendTextBlocking(frame, channel));
    }

    void binary(byte[] bytes) {
      connected(channel -> WebSockets.sendBinaryBlocking(ByteBuffer.wrap(bytes), channel));
    }

    private void connected(Sending sending) {
      WebSocketChannel channel = sockets.get(clientId);
      if (channel != null && channel.isOpen()) {
        try {
          sending.to(channel);
        } catch (IOException e) {
          // closed between the question and the frame
        }
      }
    }

    /** The entry appears in the history, and the prompt leaves the queue. */
    void end(JsonNode entry) {
      history.put(id, entry);
      queue.remove(id);
    }

    void endWith(String statusString, String messageType, String messageData, String outputs)
        throws IOException {
      end(
          ComfyUiHttp.JSON.readTree(
              """
              {"prompt": [], "outputs": {%s},
               "status": {"status_str": "%s", "messages": [["%s", {%s}]]}}
              """
                  .formatted(outputs, statusString, messageType, messageData)));
    }

    /** Ends well with a video of the job, first in history, then as event. */
    public void succeed() throws IOException {
      endWith("success", "execution_success", "", video());
      event("execution_success", "");
      event("executing", "\"node\": null");
    }

    /** A video in the job's folder, as outputs. */
    public String video() {
      String folder =
          graph.path("save").path("inputs").path("filename_prefix").asText().replace("/video", "");
      files.put(folder + "/video_00001_.mp4", ("video of " + folder).getBytes(UTF_8));
      return """
      "save": {"images": [{"filename": "video_00001_.mp4", "subfolder": "%s", "type": "output"}],
               "animated": [true]}\
      """
          .formatted(folder);
    }

    void serverForgetsFiles() {
      files.clear();
    }

    /** Fails as a node's exception does. */
    public void fail(String type, String message) throws IOException {
      String data =
          "\"node_id\": \"ks\", \"exception_type\": \"%s\", \"exception_message\": \"%s\""
              .formatted(type, message);
      endWith("error", "execution_error", data, "");
      event("execution_error", data);
      event("executing", "\"node\": null");
    }

    String awaitStop() throws Exception {
      return stopped.get(20, TimeUnit.SECONDS);
    }
  }
}
