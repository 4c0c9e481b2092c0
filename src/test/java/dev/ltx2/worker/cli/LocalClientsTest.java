package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that others wrote, against {@code worker local} on the rehearsal. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocalClientsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where {@code scripts/test} installs the platform's official client. */
  private static final Path SDK = Path.of("target/npm/node_modules/runpod-sdk");

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init")
  private LocalProcess server;

  private String image = "";
  private String audio = "";

  @BeforeAll
  void start() throws Exception {
    server = LocalProcess.start(folder);
    image = server.send(Path.of("test-fixtures/media/keyframe-1.jpg"));
    audio = server.send(Path.of("test-fixtures/media/speech.mp3"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private String run(String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.environment().put("BASE", server.url().toString());
    builder.environment().put("IMAGE", image);
    builder.environment().put("AUDIO", audio);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void theOfficialJavaScriptClient() throws Exception {
    Assumptions.assumeTrue(
        DocumentedClient.isHere("node"), "no node: the JavaScript client is not tried");
    Assumptions.assumeTrue(
        Files.exists(SDK), "no " + SDK + ": scripts/test installs it where npm is");
    JsonNode told =
        JSON.readTree(run("node", "test-fixtures/clients/runpod-sdk.mjs", SDK.toString()));
    assertThat(told.path("run").path("status").asText()).isEqualTo("IN_QUEUE");
    assertThat(told.path("statuses").toString()).contains("IN_PROGRESS", "COMPLETED");
    assertThat(told.path("progress").asInt()).isPositive();
    assertThat(told.path("sync").path("status").asText()).isEqualTo("COMPLETED");
    assertThat(told.path("sync").path("succeeded").asBoolean()).isTrue();
    assertThat(told.path("cancelled").path("status").asText()).isEqualTo("CANCELLED");
    assertThat(told.path("health").path("jobs").path("completed").asInt()).isPositive();
    assertThat(told.path("purged").path("status").asText()).isEqualTo("completed");
    URI video =
        URI.create(told.path("sync").path("output").path("output").path("video_url").asText());
    var served = server.bytes(video);
    assertThat(served.statusCode()).isEqualTo(200);
    assertThat(new String(served.body(), 4, 4, StandardCharsets.ISO_8859_1)).isEqualTo("ftyp");
  }

  /** A file that was sent is looked at; a name that is none of the server's is told to be none. */
  @Test
  void aPlanTellsWhatAnOwnImageLoses() throws Exception {
    String request = "{'input':{'image_url':'%s','duration':1,'width':128,'height':256}}";
    JsonNode plan = server.post("/plan", request.replace('\'', '"').formatted(image));
    assertThat(plan.at("/plan/warnings/0").asText())
        .startsWith("image_url has ")
        .contains(" % of the video stays black");
    assertThat(plan.path("timeline").asText()).contains(" % of the video stays black");
    JsonNode lost =
        server.post("/plan", request.replace('\'', '"').formatted(server.url() + "/files/no.png"));
    assertThat(lost.path("error").asText())
        .startsWith("Failed to download image: this server has no such file");
  }

  @Test
  void curl() throws Exception {
    Assumptions.assumeTrue(DocumentedClient.isHere("curl"), "no curl");
    JsonNode accepted =
        JSON.readTree(
            run(
                "curl",
                "-sS",
                "-X",
                "POST",
                server.url() + "/v2/42qdgmzjc9ldy5/run",
                "-H",
                "Authorization: Bearer none",
                "-H",
                "Content-Type: application/json",
                "-d",
                "{\"input\":{\"image_url\":\"%s\",\"audio_url\":\"%s\",\"width\":64,\"height\":64,"
                        .formatted(image, audio)
                    + "\"fps\":8,\"steps\":1}}"));
    String id = accepted.path("id").asText();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> server.status(id).path("status").asText().equals("COMPLETED"));
    JsonNode output = server.status(id).path("output").path("output");
    assertThat(output.path("video_filename").asText()).endsWith("_ltx2_output_00001-audio.mp4");
    assertThat(output.path("gcs_url").isNull()).isTrue();
    String sheet = output.path("details").path("contact_sheet_url").asText();
    assertThat(server.bytes(URI.create(sheet)).headers().firstValue("Content-Type"))
        .contains("image/png");
    assertThat(server.get("/metrics").body())
        .contains("ltx2_jobs_total{mode=\"1\",outcome=\"completed\"}")
        .contains("ltx2_comfyui_restarts_total 0.0")
        .contains("ltx2_bytes_total{kind=\"video\"}");
  }

  /** Those that a reader of docs/api.md copies. */
  @ParameterizedTest
  @ValueSource(strings = {"video.sh", "video.py", "video.ts"})
  void theDocumentsOwnClients(String name, @TempDir Path temp) throws Exception {
    DocumentedClient client = new DocumentedClient(name, temp);
    String endpoint = server.url() + "/v2/local";
    var made = client.run(endpoint, small("\"steps\":1,\"negative_prompt\":null"), "");

    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out()).matches(server.url() + "/files/\\S+\\.mp4\n");
    assertThat(server.bytes(URI.create(made.out().strip())).statusCode()).isEqualTo(200);
    assertThat(made.err()).contains("warning: image_url has ");

    var refused = client.run(endpoint, small("\"fps\":99,\"img_strength\":2"), "");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err())
        .contains("\n  fps: fps must be an integer from 1 to 60, got 99\n")
        .contains("\n  img_strength: img_strength must be a number from 0 to 1, got 2\n");
  }

  @Test
  void theDocumentsClientCancelsWhenItIsStopped(@TempDir Path temp) throws Exception {
    Process client =
        new DocumentedClient("video.sh", temp)
            .start(server.url() + "/v2/local", small("\"duration\":30,\"fps\":60"), "");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.readString(temp.resolve("err")).contains("generate"));
    client.destroy();

    assertThat(client.waitFor()).isEqualTo(130);
    assertThat(JSON.readTree(server.get("/jobs").body()).findValuesAsText("status"))
        .contains("CANCELLED");
  }

  /** A request for few and small frames. */
  private String small(String more) {
    String rest = more.contains("duration") ? "" : ",\"duration\":1";
    return "{\"image_url\":\"%s\",\"width\":64,\"height\":64%s,%s}".formatted(image, rest, more);
  }

  @Test
  void theSelfTestNeedsNoMode() throws Exception {
    JsonNode answer = server.post("/runsync", "{\"input\":{\"self_test\":true}}");

    assertThat(answer.path("status").asText()).isEqualTo("COMPLETED");
    assertThat(answer.path("output").path("doctor")).isNotEmpty();
  }

  @Test
  void aPlaceThatCannotBeUsedIsRefusedBeforeTheGpuIsAsked() throws Exception {
    JsonNode answer =
        server.post(
            "/runsync",
            """
            {"input":{"image_url":"%s","duration":1,"width":64,"height":64,\
            "output_url":"http://example.com/a.mp4?signature=x"}}\
            """
                .formatted(image));

    assertThat(answer.path("status").asText()).isEqualTo("FAILED");
    assertThat(answer.path("output").path("code").asText()).isEqualTo("INVALID_INPUT");
    assertThat(answer.path("error").asText()).isEqualTo("output_url: it must be https");
  }

  @Test
  void theDescriptionIsThatOfTheRequests() throws Exception {
    JsonNode api = JSON.readTree(server.get("/openapi.json").body());
    assertThat(api.path("openapi").asText()).isEqualTo("3.1.0");
    JsonNode input = api.path("components").path("schemas").path("Input");
    assertThat(input.path("properties").has("keyframes")).isTrue();
    for (JsonNode path : api.path("paths")) {
      for (JsonNode operation : path) {
        for (JsonNode found : operation.findValues("$ref")) {
          String name = found.asText().replace("#/components/schemas/", "");
          assertThat(api.path("components").path("schemas").has(name)).as(name).isTrue();
        }
      }
    }
  }
}
