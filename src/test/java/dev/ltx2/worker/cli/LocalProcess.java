package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.Main;
import dev.ltx2.worker.fakes.ChildJvm;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** {@code worker local} on the rehearsal, as a process that can be killed. */
public final class LocalProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final int port;
  private final Path log;

  private LocalProcess(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /** Starts one whose files are in {@code folder}; returns when it answers. */
  public static LocalProcess start(Path folder) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Files.createDirectories(folder.resolve("tmp"));
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        ChildJvm.of(
                folder.resolve("tmp"),
                Main.class,
                List.of("local", "--port", Integer.toString(port)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("ENGINE", "rehearsal");
    builder.environment().put("MIN_FREE_DISK", "0");
    builder.environment().put("OUTPUT_DIR", folder.resolve("output").toString());
    LocalProcess server = new LocalProcess(builder.start(), port, log);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(server::answers);
    return server;
  }

  private boolean answers() throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("ended: " + Files.readString(log));
    }
    try {
      return get("/health").statusCode() == 200;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(url().resolve(path)).timeout(Duration.ofSeconds(60));
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  public HttpResponse<byte[]> bytes(URI address) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
  }

  public JsonNode post(String path, String body) throws IOException, InterruptedException {
    HttpRequest post = request(path).POST(BodyPublishers.ofString(body)).build();
    return JSON.readTree(client.send(post, BodyHandlers.ofString()).body());
  }

  /** Sends a file; its address. */
  public String send(Path file) throws IOException, InterruptedException {
    HttpRequest post = request("/files").POST(BodyPublishers.ofFile(file)).build();
    return JSON.readTree(client.send(post, BodyHandlers.ofString()).body()).path("url").asText();
  }

  public JsonNode status(String id) throws IOException, InterruptedException {
    return JSON.readTree(get("/status/" + id).body());
  }

  /** SIGKILL, and the end of it. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** SIGTERM; the exit code. */
  public int terminate() throws InterruptedException {
    process.destroy();
    return process.waitFor();
  }

  public String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    kill();
  }
}
