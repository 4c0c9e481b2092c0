package dev.ltx2.worker.playground;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

/** A headless Chromium, by its DevTools protocol: one WebSocket, a session for each tab. */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LISTENING = "DevTools listening on ";
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final OkHttpClient client = new OkHttpClient();
  private final WebSocket socket;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final Map<String, Consumer<JsonNode>> sessions = new ConcurrentHashMap<>();

  private Browser(Process process, String address) {
    this.process = process;
    socket = client.newWebSocket(new Request.Builder().url(address).build(), new Listener());
  }

  /** The program, from {@code CHROMIUM} or the PATH. */
  static Optional<Path> installed() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(
            Stream.ofNullable(System.getenv("CHROMIUM")).map(Path::of),
            NAMES.stream()
                .flatMap(name -> Stream.of(path.split(":", -1)).map(dir -> Path.of(dir, name))))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts it with a profile of its own. As root it has no sandbox to offer. */
  static Browser start(Path program, Path profile) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--hide-scrollbars",
            "--mute-audio",
            "--no-first-run",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "about:blank"));
    Process process =
        new ProcessBuilder(command).redirectOutput(profile.resolve("out").toFile()).start();
    return new Browser(process, address(process));
  }

  private static String address(Process process) throws IOException {
    BufferedReader lines = process.errorReader(StandardCharsets.UTF_8);
    List<String> said = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(LISTENING)) {
        Thread.ofVirtual().start(() -> lines.lines().forEach(_ -> {}));
        return line.substring(LISTENING.length());
      }
      said.add(line);
    }
    throw new IOException("Chromium did not start: " + String.join("\n", said));
  }

  /** A new tab on an empty page. */
  Tab open() {
    String target = call("", "Target.createTarget", "url", "about:blank").path("targetId").asText();
    JsonNode attached = call("", "Target.attachToTarget", "targetId", target, "flatten", true);
    return new Tab(this, attached.path("sessionId").asText());
  }

  void listen(String session, Consumer<JsonNode> events) {
    sessions.put(session, events);
  }

  /**
   * One command and its result.
   *
   * @param session of a tab; empty for the browser itself
   * @param parameters names and values by turns
   */
  JsonNode call(String session, String method, Object... parameters) {
    int id = calls.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    ObjectNode params = message.putObject("params");
    for (int i = 0; i < parameters.length; i += 2) {
      params.set(parameters[i].toString(), JSON.valueToTree(parameters[i + 1]));
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    socket.send(message.toString());
    JsonNode result = answer.orTimeout(30, TimeUnit.SECONDS).join();
    if (result.has("error")) {
      throw new IllegalStateException(method + ": " + result.path("error"));
    }
    return result.path("result");
  }

  @Override
  public void close() {
    try {
      call("", "Browser.close");
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (RuntimeException e) {
      // It is ended all the same.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    socket.cancel();
    client.dispatcher().executorService().shutdown();
  }

  private final class Listener extends WebSocketListener {
    @Override
    public void onMessage(WebSocket from, String text) {
      try {
        JsonNode message = JSON.readTree(text);
        if (message.has("id")) {
          answers.remove(message.path("id").asInt()).complete(message);
          return;
        }
        Consumer<JsonNode> session = sessions.get(message.path("sessionId").asText());
        if (session != null) {
          session.accept(message);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onFailure(WebSocket from, Throwable failure, Response response) {
      answers.values().forEach(answer -> answer.completeExceptionally(failure));
    }
  }
}
