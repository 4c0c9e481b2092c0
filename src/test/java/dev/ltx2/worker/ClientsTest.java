package dev.ltx2.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients of docs/api.md as a user runs them, against an endpoint by the script. */
class ClientsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temp;

  private record Ended(int code, String out, String err) {}

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
    Ended ended = run(client, endpoint, "https://e.org/hook");

    assertThat(ended.code).as(ended.err).isZero();
    assertThat(ended.out).isEqualTo("https://e.org/a.mp4\n");
    assertThat(ended.err)
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
  void faultsAreToldFieldByField(String client) throws Exception {
    Endpoint endpoint =
        new Endpoint(
            "{\"id\":\"job-1\",\"status\":\"FAILED\",\"error\":\"fps must be an integer\","
                + "\"output\":{\"status\":\"error\",\"code\":\"INVALID_INPUT\",\"errors\":"
                + "[{\"field\":\"fps\",\"message\":\"fps must be an integer\"}]}}");
    Ended ended = run(client, endpoint, "");

    assertThat(ended.code).isEqualTo(1);
    assertThat(ended.out).isEmpty();
    assertThat(ended.err).contains("fps must be an integer\n  fps: fps must be an integer");
    assertThat(endpoint.jobs.getFirst().has("webhook")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"video.sh", "video.py", "video.ts"})
  void withoutABucketTheVideoComesAsAFile(String client) throws Exception {
    Ended ended =
        run(
            client,
            new Endpoint(
                "{\"id\":\"job-1\",\"status\":\"COMPLETED\",\"output\":{\"output\":{\"video_url\":"
                    + "null,\"video_filename\":\"a.mp4\",\"video_base64\":\"AAECAw==\"}}}"),
            "");

    assertThat(ended.code).as(ended.err).isZero();
    assertThat(ended.out).isEqualTo("a.mp4\n");
    assertThat(Files.readAllBytes(temp.resolve("a.mp4"))).containsExactly(0, 1, 2, 3);
  }

  private Ended run(String client, Endpoint endpoint, String webhook) throws Exception {
    Path request =
        Files.writeString(
            temp.resolve("request.json"),
            "{\"image_url\": \"https://e.org/ä.png\", \"duration\": 5, \"seed\": null}");
    try (MockWebServer server = new MockWebServer()) {
      server.setDispatcher(endpoint);
      server.start();
      List<String> command = new ArrayList<>(interpreter(client));
      command.add(request.toString());
      ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
      builder.redirectOutput(temp.resolve("out").toFile());
      builder.redirectError(temp.resolve("err").toFile());
      builder.environment().put("RUNPOD_ENDPOINT", server.url("/v2/abc").toString());
      builder.environment().put("RUNPOD_API_KEY", "secret");
      builder.environment().put("POLL_SECONDS", "0.05");
      if (!webhook.isEmpty()) {
        builder.environment().put("WEBHOOK", webhook);
      }
      Process process = builder.start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Ended(
          process.exitValue(),
          Files.readString(temp.resolve("out")),
          Files.readString(temp.resolve("err")));
    }
  }

  /** Skipped, and reported so, only where the language itself is not there. */
  private List<String> interpreter(String client) throws Exception {
    Path file = Path.of("docs/clients", client).toAbsolutePath();
    String language = client.endsWith(".sh") ? "bash" : client.endsWith(".py") ? "python3" : "node";
    assumeTrue(isHere(language), language + " is not here");
    if (language.equals("bash")) {
      assumeTrue(isHere("curl") && isHere("jq"), "curl or jq is not here");
    }
    if (!language.equals("node")) {
      return List.of(language, file.toString());
    }
    Path module = Files.copy(file, temp.resolve("video.mjs"));
    return List.of(language, module.toString());
  }

  private static boolean isHere(String program) {
    try {
      Process asked =
          new ProcessBuilder(program, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return asked.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
