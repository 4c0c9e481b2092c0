package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.localapi.files.MediaFacts;
import dev.ltx2.worker.localapi.files.SentFiles;
import dev.ltx2.worker.localapi.queue.EngineState;
import dev.ltx2.worker.localapi.queue.LocalQueue;
import dev.ltx2.worker.localapi.queue.QueueLimits;
import dev.ltx2.worker.localapi.queue.WebhookPost;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.awaitility.Awaitility;

/** A server on a free port, over scripted jobs. */
final class TestServer implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  static final LocalApiSettings OPEN =
      new LocalApiSettings("127.0.0.1", 0, Optional.empty(), Set.of(), Set.of());

  /** What every sent file is taken for. */
  private static final MediaFacts IMAGE =
      new MediaFacts(
          "png", "image/png", OptionalInt.of(4), OptionalInt.of(2), OptionalDouble.empty());

  final Scripted jobs = new Scripted();
  final LocalQueue queue;
  final FileFolder files;
  final LocalApi api;
  private final HttpClient client = HttpClient.newHttpClient();

  /** What a test may want otherwise. */
  record With(LocalApiSettings settings, QueueLimits limits, WebhookPost webhooks, Clock time) {
    static final With USUAL =
        new With(
            OPEN,
            QueueLimits.DEFAULTS,
            (_, _) -> {
              throw new IOException("no webhooks here");
            },
            Clock.SYSTEM);

    With settings(LocalApiSettings other) {
      return new With(other, limits, webhooks, time);
    }

    With limits(QueueLimits other) {
      return new With(settings, other, webhooks, time);
    }

    With webhooks(WebhookPost other) {
      return new With(settings, limits, other, time);
    }

    With time(Clock other) {
      return new With(settings, limits, webhooks, other);
    }
  }

  /** What {@code /health} is told of the engine. */
  volatile EngineState engine = EngineState.READY;

  TestServer(Path folder) throws IOException {
    this(folder, With.USUAL);
  }

  TestServer(Path folder, With with) throws IOException {
    files = new FileFolder(folder, with.time);
    queue =
        LocalQueue.open(
            folder,
            new LocalQueue.Parts(
                new LocalQueue.JobEngine(jobs, 1, () -> engine, Optional::empty),
                jobs,
                with.webhooks,
                with.limits,
                with.time));
    api =
        LocalApi.start(
            with.settings,
            new LocalApi.Services(
                queue,
                new SentFiles(files, _ -> IMAGE, _ -> {}),
                jobs,
                new LocalApi.Descriptions(
                    JSON::createObjectNode,
                    JSON.createObjectNode().put("engine", "scripted"),
                    () -> "# none\n".getBytes(StandardCharsets.UTF_8)),
                with.time));
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + api.address().getPort() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(url(path)).timeout(Duration.ofSeconds(30));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return send(request(path).POST(BodyPublishers.ofString(body)));
  }

  /** The body of an answer that must be good. */
  static JsonNode good(HttpResponse<String> response) throws Exception {
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  /** Queues a job; its id. */
  String run(String input) throws Exception {
    return good(post("/run", "{\"input\":" + input + "}")).path("id").asText();
  }

  JsonNode status(String id) throws Exception {
    return good(get("/status/" + id));
  }

  JsonNode await(String id, String status) throws Exception {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> status(id).path("status").asText().equals(status));
    return status(id);
  }

  @Override
  public void close() {
    api.close();
    queue.close();
  }
}
