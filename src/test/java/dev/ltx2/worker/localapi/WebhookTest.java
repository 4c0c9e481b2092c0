package dev.ltx2.worker.localapi;

import static dev.ltx2.worker.localapi.TestServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.localapi.TestServer.With;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients' own servers are told. */
class WebhookTest {
  private static final String JOB =
      "{\"input\":{\"duration\":5},\"webhook\":\"https://client.example/hook?t=1\"}";

  @TempDir Path folder;

  private final List<JsonNode> posts = new CopyOnWriteArrayList<>();

  private int post(String address, byte[] body, int status) throws IOException {
    assertThat(address).isEqualTo("https://client.example/hook?t=1");
    posts.add(TestServer.JSON.readTree(body));
    return status;
  }

  @Test
  void theEndIsPostedAsThePlatformDoesIt() throws Exception {
    With with = With.USUAL.webhooks((address, body) -> post(address, body, 200));
    try (TestServer server = new TestServer(folder, with)) {
      String id = good(server.post("/run", JOB)).path("id").asText();
      Awaitility.await().until(() -> posts.size() == 1);
      JsonNode told = posts.getFirst();
      assertThat(told.path("id").asText()).isEqualTo(id);
      assertThat(told.path("status").asText()).isEqualTo("COMPLETED");
      assertThat(told.path("input").toString()).isEqualTo("{\"duration\":5}");
      assertThat(told.path("webhook").asText()).isEqualTo("https://client.example/hook?t=1");
      assertThat(told.has("delayTime") && told.has("executionTime")).isTrue();
      assertThat(told.path("output").path("status").asText()).isEqualTo("success");
      Path request = folder.resolve("queue").resolve(id + ".0.json");
      Awaitility.await().until(() -> Files.notExists(request));
    }
  }

  @Test
  void itIsTriedThreeTimesTenSecondsApart() throws Exception {
    ManualTime time = ManualTime.frozen();
    With with = With.USUAL.time(time).webhooks((address, body) -> post(address, body, 500));
    try (TestServer server = new TestServer(folder, with)) {
      good(server.post("/run", JOB));
      Awaitility.await().until(() -> posts.size() == 1);
      time.advance(Duration.ofSeconds(9));
      assertThat(posts).hasSize(1);
      assertThat(server.queue.undeliveredWebhooks()).isEqualTo(1);
      time.advance(Duration.ofSeconds(1));
      Awaitility.await().until(() -> posts.size() == 2);
      time.advance(Duration.ofSeconds(10));
      Awaitility.await().until(() -> posts.size() == 3);
      Awaitility.await().until(() -> server.queue.undeliveredWebhooks() == 0);
      time.advance(Duration.ofMinutes(1));
      assertThat(posts).hasSize(3);
    }
  }

  @Test
  void aServerThatComesBackTellsWhatWasNotTold() throws Exception {
    ManualTime time = ManualTime.frozen();
    String id;
    With refused = With.USUAL.time(time).webhooks((address, body) -> post(address, body, 503));
    try (TestServer server = new TestServer(folder, refused)) {
      id = good(server.post("/run", JOB)).path("id").asText();
      Awaitility.await().until(() -> posts.size() == 1);
    }
    posts.clear();
    With with = With.USUAL.webhooks((address, body) -> post(address, body, 200));
    try (TestServer server = new TestServer(folder, with)) {
      Awaitility.await().until(() -> posts.size() == 1);
      assertThat(posts.getFirst().path("id").asText()).isEqualTo(id);
      assertThat(posts.getFirst().path("input").path("duration").asInt()).isEqualTo(5);
      assertThat(server.jobs.started).isEmpty();
    }
  }
}
