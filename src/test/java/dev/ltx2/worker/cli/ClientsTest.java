package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the clients of docs/api.md send and make of answers that the local API never gives; with it
 * they make videos in LocalClientsTest.
 */
class ClientsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temp;

  /** An endpoint whose job answers these, one after the other, the last for ever. */
  private static final class Endpoint extends Dispatcher {
    private final List<String> answers;
    private final List<JsonNode> jobs = new CopyOnWriteArrayList<>();
    private int looked;

    Endpoint(String... answers) {
      this.answers = List.of(answers);
    }

    @Override
    public synchronized MockResponse dispatch(RecordedRequest request) {
      if (!"Bearer secret".equals(request.getHeaders().get("Authorization"))) {
        return new MockResponse.Builder().code(401).build();
      }
      try {
        return switch (request.getMethod() + " " + request.getUrl().encodedPath()) {
          case "POST /v2/abc/run" -> {
            jobs.add(JSON.readTree(request.getBody().toByteArray()));
            yield json("{\"id\":\"job-1\",\"status\":\"IN_QUEUE\"}");
          }
          case "GET /v2/abc/status/job-1" ->
              json(answers.get(Math.min(looked++, answers.size() - 1)));
          default -> new MockResponse.Builder().code(404).build();
        };
      } catch (IOException e) {
        return new MockResponse.Builder().code(400).build();
      }
    }

    private static MockResponse json(String body) {
      return new MockResponse.Builder()
          .addHeader("Content-Type", "application/json")
          .body(body)
          .build();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"video.sh", "video.py", "video.ts"})
  void aVideoIsMade(String client) throws Exception {
    Endpoint endpoint =
        new Endpoint(
            "{\"id\":\"job-1\",\"status\":\"IN_QUEUE\"}",
            "{\"id\":\"job-1\",\"status\":\"IN_PROGRESS\"}",
            "{\"id\":\"job-1\",\"status\":\"IN_PROGRESS\",\"output\":{\"stage\":\"generate\","
                + "\"percent\":42,\"step\":3,\"steps\":8,\"eta_seconds\":50}}",
            "{\"id\":\"job-1\",\"status\":\"COMPLETED\",\"output\":{\"status\":\"success\","
                + "\"output\":{\"video_url\":\"https://e.org/a.mp4\",\"details\":{\"warnings\":"
                + "[\"width 1000 is rounded\"]}}}}");
    DocumentedClient.Ended ended = run(client, endpoint, "https://e.org/hook");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out()).isEqualTo("https://e.org/a.mp4\n");
    assertThat(ended.err())
        .containsPattern("42 % +generate")
        .contains("warning: width 1000 is rounded")
        .doesNotContain("secret");
    assertThat(endpoint.jobs)
        .containsExactly(
            JSON.readTree(
                "{\"input\":{\"image_url\":\"https://e.org/ä.png\",\"duration\":5,\"seed\":null},"
                    + "\"webhook\":\"https://e.org/hook\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"video.sh", "video.py", "video.ts"})
  void withoutABucketTheVideoComesAsAFile(String client) throws Exception {
    DocumentedClient.Ended ended =
        run(
            client,
            new Endpoint(
                "{\"id\":\"job-1\",\"status\":\"COMPLETED\",\"output\":{\"output\":{\"video_url\":"
                    + "null,\"video_filename\":\"a.mp4\",\"video_base64\":\"AAECAw==\"}}}"),
            "");

    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out()).isEqualTo("a.mp4\n");
    assertThat(Files.readAllBytes(temp.resolve("a.mp4"))).containsExactly(0, 1, 2, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"video.sh", "video.py", "video.ts"})
  void whatIsMissingIsOneSentence(String client) throws Exception {
    DocumentedClient.Ended ended = new DocumentedClient(client, temp).run("", "{}", "");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("RUNPOD_ENDPOINT ")
        .contains(" request.json")
        .hasLineCount(1);
  }

  private DocumentedClient.Ended run(String client, Endpoint endpoint, String webhook)
      throws Exception {
    try (MockWebServer server = new MockWebServer()) {
      server.setDispatcher(endpoint);
      server.start();
      return new DocumentedClient(client, temp)
          .run(
              server.url("/v2/abc").toString(),
              "{\"image_url\": \"https://e.org/ä.png\", \"duration\": 5, \"seed\": null}",
              webhook);
    }
  }
}
