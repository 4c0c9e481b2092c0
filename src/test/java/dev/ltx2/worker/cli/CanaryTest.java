package dev.ltx2.worker.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ltx2.worker.app.Env;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeS3;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Secrets in every setting, address, header and prompt, and whole jobs as processes that log all
 * they can: none comes out. What is exempt is graph.json, the graph with its prompts, which {@code
 * run} writes for the person who gave them.
 */
class CanaryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "c4n4ry";

  /** Every setting that may hold text is given one, so that a new setting is tested too. */
  private static final Set<String> WITH_MEANING =
      Set.of(
          "ENGINE",
          "COMFYUI_URL",
          "COMFYUI_DIR",
          "COMFYUI_START_TIMEOUT",
          "MODEL_SET",
          "PREFETCH",
          "WORKFLOWS_DIR",
          "GENERATION_TIMEOUT",
          "WORKER_CONCURRENCY",
          "WARM_UP",
          "MODELS_PULL",
          "RUNPOD_INIT_TIMEOUT",
          "GCS_URL",
          "GCS_SIGNED_URL_TTL",
          "GOOGLE_APPLICATION_CREDENTIALS",
          "STORAGE_EMULATOR_HOST",
          "S3_BUCKET",
          "S3_ENDPOINT",
          "S3_REGION",
          "S3_URL",
          "S3_SIGNED_URL_TTL",
          "S3_PUBLIC_URL",
          "AWS_REGION",
          "AWS_DEFAULT_REGION",
          "BUCKET_ENDPOINT_URL",
          "OUTPUT_DIR",
          "MAX_INPUT_BYTES",
          "MIN_FREE_DISK",
          "ALLOW_PRIVATE_INPUTS",
          "LOG_LEVEL",
          "RUNPOD_LOG_LEVEL",
          "LOG_FORMAT",
          "RUNPOD_PING_INTERVAL",
          "DRAIN_TIMEOUT",
          "LOCAL_API_PORT",
          "METRICS_PORT");

  private static final Map<String, String> NO_BUCKET =
      Map.of(
          "GCS_BUCKET",
          "",
          "GCS_CREDENTIALS_JSON",
          "",
          "BUCKET_ENDPOINT_URL",
          "",
          "BUCKET_ACCESS_KEY_ID",
          "",
          "BUCKET_SECRET_ACCESS_KEY",
          "");

  /** By their settings. */
  private static final Map<Map<String, String>, CommandProcess> PROCESSES = new HashMap<>();

  @TempDir private static Path scratch;
  @TempDir private Path temp;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private HttpServer server;

  private record Ended(int code, String out, String err) {
    JsonNode answer() throws IOException {
      return JSON.readTree(out);
    }
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @AfterAll
  static void end() {
    PROCESSES.values().forEach(CommandProcess::close);
    PROCESSES.clear();
  }

  /** The one with these settings, which other tests may have used. */
  private static CommandProcess process(Map<String, String> settings) throws IOException {
    CommandProcess known = PROCESSES.get(settings);
    if (known == null) {
      Map<String, String> environment = secrets();
      environment.putAll(settings);
      known = new CommandProcess(scratch, environment);
      PROCESSES.put(settings, known);
    }
    return known;
  }

  /** An image or an audio track to who shows the password and the token, else a talkative 403. */
  private void answer(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    String path = exchange.getRequestURI().getPath();
    asked.add(path);
    exchange.getResponseHeaders().add("Set-Cookie", "session=" + CANARY);
    exchange.getResponseHeaders().add("X-Request-Token", CANARY);
    boolean known =
        exchange.getRequestHeaders().containsKey("Authorization")
            && ("token=" + CANARY).equals(query)
            && !path.contains("forbidden");
    byte[] body =
        known
            ? Files.readAllBytes(Path.of("test-fixtures/media" + path))
            : ("you are not " + CANARY).getBytes(UTF_8);
    exchange.sendResponseHeaders(known ? 200 : 403, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String url(String name) {
    return "http://%s:%s@127.0.0.1:%d/%s?token=%s#%s"
        .formatted(CANARY, CANARY, server.getAddress().getPort(), name, CANARY, CANARY);
  }

  private ObjectNode request(String image) {
    return JSON.createObjectNode()
        .put("image_url", url(image))
        .put("audio_url", url("speech.mp3"))
        .put("prompt_positive", "a " + CANARY + " sings %date% [\"checkpoint\", 0]")
        .put("prompt_negative", "silence of the " + CANARY)
        .put("width", 128)
        .put("height", 96)
        .put("fps", 8)
        .put("steps", 2);
  }

  /** {@code worker run} with all that is secret; what it says and leaves is searched. */
  private Ended run(ObjectNode request, Map<String, String> settings, String... more)
      throws Exception {
    Ended ended = runUnsearched(request, settings, more);
    assertThat(ended.out()).doesNotContain(CANARY);
    assertThat(ended.err()).doesNotContain(CANARY).doesNotContainPattern("(?m)^23:59:59.999");
    return ended;
  }

  /** Its files are searched all the same. */
  private Ended runUnsearched(ObjectNode request, Map<String, String> settings, String... more)
      throws Exception {
    Path file = temp.resolve("job\n23:59:59.999 ERROR Forged.json");
    Files.writeString(file, request.toString());
    Path made = temp.resolve("made");
    List<String> command =
        new ArrayList<>(List.of("run", file.toString(), "--out", made.toString()));
    command.addAll(List.of(more));
    Path out = temp.resolve("out.txt");
    Path err = temp.resolve("err.txt");
    int code = process(settings).run(out, err, command.toArray(String[]::new));
    Ended ended = new Ended(code, Files.readString(out), Files.readString(err));

    try (Stream<Path> files = Files.exists(made) ? Files.walk(made) : Stream.empty()) {
      for (Path left : files.filter(Files::isRegularFile).toList()) {
        if (!left.endsWith("graph.json")) {
          assertThat(Files.readString(left, ISO_8859_1)).as(left.toString()).doesNotContain(CANARY);
        }
      }
    }
    try (Stream<Path> left = Files.list(scratch)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("ltx2"))).isEmpty();
    }
    return ended;
  }

  private static Map<String, String> secrets() {
    Map<String, String> environment = new HashMap<>();
    for (Env.Variable variable : Settings.variables()) {
      if (!WITH_MEANING.contains(variable.name())) {
        environment.put(variable.name(), "/nowhere/" + CANARY);
      }
    }
    environment.put("GCS_BUCKET", CANARY);
    for (String name : List.of("GET_JOB", "POST_OUTPUT", "PING")) {
      environment.put("RUNPOD_WEBHOOK_" + name, withSecrets(1));
    }
    environment.put("GCS_CREDENTIALS_JSON", "{\"private_key\": \"" + CANARY + "\"}");
    environment.put("RUNPOD_AI_API_KEY", CANARY);
    environment.put("LOCAL_API_KEY", CANARY);
    environment.put("BUCKET_ENDPOINT_URL", "https://s3.example.com/" + CANARY);
    environment.put("HF_TOKEN", CANARY);
    environment.put("ALLOW_PRIVATE_INPUTS", "true");
    environment.put("LOG_LEVEL", "TRACE");
    return environment;
  }

  @Test
  void aGoodJobKeepsThemToItself() throws Exception {
    Ended good = run(request("portrait.jpg"), Map.of());

    assertThat(good.code()).as(good.err()).isZero();
    assertThat(good.answer().get("status").asText()).isEqualTo("success");
    assertThat(asked).containsExactlyInAnyOrder("/portrait.jpg", "/speech.mp3");
    assertThat(good.err())
        .contains("DEBUG")
        .contains("WARN")
        .contains("ALLOW_PRIVATE_INPUTS is on");
    JsonNode graph = JSON.readTree(temp.resolve("made/graph.json").toFile());
    assertThat(graph.toString()).as("the graph is the person's own").contains(CANARY);
    assertThat(temp.resolve("made/plan.json")).exists();
    assertThat(temp.resolve("made/contact-sheet.png")).exists();
  }

  /** An address for one PUT, and a bucket with keys, each with a secret in every part. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void soDoesOneThatNamesItsPlace(boolean refuses) throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      ObjectNode request = request("portrait.jpg");
      request
          .put(
              "output_url",
              s3.url() + "/videos/made.mp4?X-Amz-Signature=" + CANARY + "&token=" + CANARY)
          .putObject("output_headers")
          .put("x-amz-meta-secret", CANARY);
      if (refuses) {
        s3.fail("PUT", new FakeS3.Fault.Status(403, "Expired" + CANARY));
      }
      Ended ended = run(request, NO_BUCKET);

      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(s3.heads()).anyMatch(head -> head.contains("x-amz-meta-secret: " + CANARY));
      JsonNode output = ended.answer().get("output");
      if (refuses) {
        assertThat(output.get("store_error").asText())
            .isEqualTo("output_url upload failed: 403, the signature of output_url has expired");
      } else {
        assertThat(output.get("video_url").asText()).isEqualTo(s3.url() + "/videos/made.mp4");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void soDoesOneWithABucketOfTheClients(boolean refuses) throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      ObjectNode request = request("portrait.jpg");
      request
          .putObject("s3Config")
          .put("accessId", "id-" + CANARY)
          .put("accessSecret", "secret-" + CANARY)
          .put("bucketName", refuses ? "missing" : "videos")
          .put("endpointUrl", s3.url().toString());
      Ended ended = runUnsearched(request, NO_BUCKET);

      assertThat(ended.code()).as(ended.err()).isZero();
      JsonNode output = ended.answer().get("output");
      assertThat(ended.err()).doesNotContain(CANARY);
      assertThat(s3.heads()).anyMatch(head -> head.contains("Credential=id-" + CANARY));
      if (refuses) {
        assertThat(output.get("store_error").asText())
            .isEqualTo("s3Config upload failed: 404, bucket missing does not exist");
      } else {
        // A signed address names the key's id, which is no secret; not its secret
        assertThat(output.get("video_url").asText()).contains("X-Amz-Signature=");
      }
      assertThat(ended.out()).doesNotContain("secret-" + CANARY);
    }
  }

  /** The worker's own bucket, by its own keys. */
  @Test
  void soDoesOneIntoABucketThatSpeaksS3() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.fail("PUT", new FakeS3.Fault.Status(403, "AccessDenied"));
      Ended ended =
          run(
              request("portrait.jpg"),
              Map.of(
                  "GCS_BUCKET", "",
                  "GCS_CREDENTIALS_JSON", "",
                  "S3_BUCKET", "videos",
                  "S3_ENDPOINT", s3.url().toString(),
                  "BUCKET_ENDPOINT_URL", ""));
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.answer().at("/output/store_error").asText())
          .startsWith("S3 upload failed: 403, permission denied");
      assertThat(s3.heads()).anyMatch(head -> head.contains("Credential=/nowhere/" + CANARY));
    }
  }

  @Test
  void soDoesOneWithoutItsInputs() throws Exception {
    Ended failed = run(request("forbidden.jpg"), Map.of());

    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.answer().get("error").asText())
        .isEqualTo("Failed to download image: 403 Forbidden");
  }

  @Test
  void soDoesOneThatCannotBeRead() throws Exception {
    ObjectNode request = request("portrait.jpg").put("fps", url("x"));
    request.put("image_url", "gs://" + CANARY + "@bucket/a.png?key=" + CANARY);
    request.putArray("prompt_positive").add(CANARY);
    Ended failed = run(request, Map.of());

    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.answer().get("code").asText()).isEqualTo("INVALID_INPUT");
  }

  @Test
  void soDoesOneThatBreaksInComfyUi() throws Exception {
    InjectedFaults faults = InjectedFaults.of(new InjectedFault.CudaFault("SamplerCustomAdvanced"));
    try (Rehearsal comfyUi =
        LtxRehearsal.start(Files.createDirectory(temp.resolve("comfyui")), faults, Clock.SYSTEM)) {
      Ended failed =
          run(request("portrait.jpg"), Map.of("COMFYUI_URL", withSecrets(comfyUi.url().getPort())));

      assertThat(failed.code()).isEqualTo(1);
      assertThat(failed.answer().get("code").asText()).as(failed.out()).isEqualTo("GPU_FAULT");
    }
  }

  @Test
  void soDoesOneWithoutComfyUi() throws Exception {
    Ended failed = run(request("portrait.jpg"), Map.of("COMFYUI_URL", withSecrets(1)));

    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.answer().get("code").asText()).isEqualTo("COMFYUI_UNAVAILABLE");
  }

  private static String withSecrets(int port) {
    return "http://user:%s@127.0.0.1:%d/?key=%s".formatted(CANARY, port, CANARY);
  }

  @Test
  void settingsThatCannotBeUsedAreNamedNotShown() throws Exception {
    Map<String, String> wrong = new HashMap<>();
    for (Env.Variable variable : Settings.variables()) {
      wrong.put(variable.name(), CANARY);
    }
    Ended refused = run(request("portrait.jpg"), wrong);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err())
        .contains("ENGINE must be", "COMFYUI_URL must be", "LOG_LEVEL must be");
  }

  @Test
  void anAddressOnTheCommandLineThatCannotBeUsedIsNotShown() throws Exception {
    Ended refused =
        run(request("portrait.jpg"), Map.of(), "--comfyui", "ftp://user:" + CANARY + "@host");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("--comfyui").contains("must be an http or https URL");
  }

  @Test
  void settingsPrintNothingOfThemselves() throws Exception {
    assertThat(Settings.from(secrets()).toString()).doesNotContain(CANARY);
  }
}
