package dev.ltx2.worker.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes beside running prompts; statuses were taken from ComfyUI v0.33.0. */
class HttpTest {
  @TempDir Path folder;
  private Rehearsal rehearsal;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    Graphs.images(folder);
    rehearsal =
        LtxRehearsal.start(
            folder,
            InjectedFaults.of(new InjectedFault.Hang("ks")),
            dev.ltx2.worker.common.Clock.SYSTEM);
    client = new Client(rehearsal.url()).connect();
  }

  @AfterEach
  void stop() {
    client.close();
    rehearsal.close();
  }

  @Test
  void storesUploadsUnderTheNameSent() throws IOException {
    byte[] one = "one".getBytes(UTF_8);
    byte[] two = "two".getBytes(UTF_8);
    assertThat(name(client.upload("x%20y.png", one, "job1", true))).isEqualTo("x%20y.png");
    assertThat(name(client.upload("q.png", one, "job1", false))).isEqualTo("q.png");
    assertThat(name(client.upload("q.png", one, "job1", false))).isEqualTo("q.png");
    assertThat(name(client.upload("q.png", two, "job1", false))).isEqualTo("q (1).png");
    assertThat(name(client.upload("q.png", two, "job1", true))).isEqualTo("q.png");
    assertThat(Files.readString(folder.resolve("input/job1/q.png"))).isEqualTo("two");
    JsonNode body = client.upload("s.mp3", one, "", true).body();
    assertThat(body.toString())
        .isEqualTo("{\"name\":\"s.mp3\",\"subfolder\":\"\",\"type\":\"input\"}");
    JsonNode info = client.get("/object_info/LoadAudio").body();
    assertThat(info.at("/LoadAudio/input/required/audio/1/options/0").asText()).isEqualTo("s.mp3");
    assertThat(client.upload("../../q.png", one, "", true).status()).isEqualTo(400);
    assertThat(client.upload("q.png", one, "../..", true).status()).isEqualTo(400);
  }

  private static String name(Client.Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    return answer.body().path("name").asText();
  }

  @Test
  void refusesUploadsAbove100MiB() throws IOException {
    byte[] large = new byte[(int) Rehearsal.MAX_BODY + 1];
    int status;
    try {
      status = client.upload("large.bin", large, "", true).status();
    } catch (IOException e) {
      status = 413; // The server stopped reading before the client stopped writing.
    }
    assertThat(status).isEqualTo(413);
    assertThat(folder.resolve("input/large.bin")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "filename=a.png&type=input, 200",
    "filename=nope.png, 404",
    "type=input, 404",
    "filename=../a.png&type=input, 400",
    "filename=/etc/passwd, 400",
    "filename=a.png&type=elsewhere, 400",
    "filename=passwd&type=input&subfolder=../../../etc, 403",
  })
  void showsFilesOfItsFoldersOnly(String query, int status) throws IOException {
    assertThat(client.get("/view?" + query).status()).isEqualTo(status);
  }

  @Test
  void sendsByteRanges() throws IOException {
    byte[] all = client.get("/view?filename=a.png&type=input").bytes().toByteArray();
    assertThat(all).isEqualTo(Files.readAllBytes(folder.resolve("input/a.png")));
    Client.Answer part = client.get("/view?filename=a.png&type=input", "Range", "bytes=1-3");
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.bytes().utf8()).isEqualTo("PNG");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "6F9619FF-8B86-D011-B42D-00C04FC964FF"})
  void refusesPromptIdsThatAreNoCanonicalUuid(String id) throws IOException {
    ObjectNode body = Client.MAPPER.createObjectNode().put("prompt_id", id);
    body.set("prompt", Graphs.multiframe());
    Client.Answer answer = client.post("/prompt", body.toString());
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body().at("/error/type").asText()).isEqualTo("invalid_prompt_id");
  }

  @Test
  void answersBrokenRequestsAsAiohttpDoes() throws IOException {
    assertThat(client.post("/prompt", "{bad").status()).isEqualTo(500);
    assertThat(client.post("/prompt", "{}").body().at("/error/type").asText())
        .isEqualTo("no_prompt");
    assertThat(client.post("/interrupt", "").status()).isEqualTo(200);
    assertThat(client.post("/queue", "").status()).isEqualTo(500);
    assertThat(client.get("/nowhere").status()).isEqualTo(404);
    assertThat(client.get("/").status()).isEqualTo(200);
    assertThat(client.get("/models/nowhere").status()).isEqualTo(404);
    assertThat(client.get("/object_info/Nothing").body().isEmpty()).isTrue();
  }

  @Test
  void tellsOfItselfInTheRecordedShape() throws IOException {
    assertThat(client.get("/models/checkpoints").body().toString())
        .isEqualTo(
            Client.MAPPER
                .readTree(Recording.FOLDER.resolve("models-checkpoints.json").toFile())
                .path("body")
                .toString());
    JsonNode recorded =
        Client.MAPPER.readTree(Recording.FOLDER.resolve("system_stats.json").toFile());
    JsonNode stats = client.get("/api/system_stats").body();
    assertThat(recorded.at("/body/system").fieldNames())
        .toIterable()
        .containsAll(() -> stats.path("system").fieldNames());
    assertThat(stats.at("/system/comfyui_version"))
        .isEqualTo(recorded.at("/body/system/comfyui_version"));
    assertThat(stats.at("/devices/0").fieldNames())
        .toIterable()
        .containsExactlyElementsOf(() -> recorded.at("/body/devices/0").fieldNames());
    assertThat(client.get("/features").body().path("max_upload_size").asLong())
        .isEqualTo(104_857_600);
    assertThat(client.get("/object_info").body().size()).isEqualTo(56);
  }

  @Test
  void queuesInOrderAndDeletesPendingPrompts() throws Exception {
    String first = post();
    client.await("executing", "ks");
    String second = post();
    String third = post();
    JsonNode queue = client.get("/queue").body();
    assertThat(queue.at("/queue_running/0/1").asText()).isEqualTo(first);
    assertThat(queue.at("/queue_pending/0/1").asText()).isEqualTo(second);
    assertThat(queue.at("/queue_pending/1/1").asText()).isEqualTo(third);
    client.post("/queue", "{\"delete\":[\"" + second + "\"]}");
    assertThat(client.get("/prompt").body().at("/exec_info/queue_remaining").asInt()).isEqualTo(2);
    assertThat(client.get("/history/" + first).body().isEmpty()).isTrue();
    client.post("/queue", "{\"clear\":true}");
    assertThat(client.get("/queue").body().path("queue_pending").isEmpty()).isTrue();
  }

  @Test
  void interruptsOnlyThePromptThatIsMeant() throws Exception {
    String first = post();
    client.await("executing", "ks");
    client.post("/interrupt", "{\"prompt_id\":\"" + UUID.randomUUID() + "\"}");
    String second = post();
    client.post("/interrupt", "{\"prompt_id\":\"" + second + "\"}");
    assertThat(client.get("/queue").body().at("/queue_running/0/1").asText()).isEqualTo(first);
    client.post("/interrupt", "{\"prompt_id\":\"" + first + "\"}");
    assertThat(client.history(first).at("/status/messages/2/0").asText())
        .isEqualTo("execution_interrupted");
    client.await("executing", "ks");
    client.post("/interrupt", "{}");
    client.history(second);
    client.post("/history", "{\"delete\":[\"" + first + "\"]}");
    JsonNode history = client.get("/history").body();
    assertThat(history.has(first)).isFalse();
    assertThat(history.has(second)).isTrue();
  }

  @Test
  void freeingMemoryForgetsResults() throws Exception {
    String first = post();
    client.await("executing", "ks");
    client.post("/interrupt", "{}");
    client.history(first);
    client.post("/free", "{\"unload_models\":true,\"free_memory\":true}");
    String second = post();
    JsonNode cached = client.await("execution_cached", null);
    assertThat(cached.at("/data/prompt_id").asText()).isEqualTo(second);
    assertThat(cached.at("/data/nodes").isEmpty()).isTrue();
  }

  @Test
  void aClientThatComesBackIsToldTheRunningNode() throws Exception {
    post();
    client.await("executing", "ks");
    try (Client back = new Client(rehearsal.url()).connect()) {
      assertThat(back.event().at("/data/status/exec_info/queue_remaining").asInt()).isEqualTo(1);
      assertThat(back.event().toString())
          .isEqualTo("{\"type\":\"executing\",\"data\":{\"node\":\"ks\"}}");
    }
  }

  private String post() throws IOException {
    return client.prompt(Graphs.multiframe()).body().path("prompt_id").asText();
  }
}
