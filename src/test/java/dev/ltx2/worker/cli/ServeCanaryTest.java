package dev.ltx2.worker.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FakeRunPod.Seen;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs that end in every way, in a {@code worker serve} that logs all it can and has a secret in
 * every place: nothing that it prints, leaves on disk or tells the platform holds one.
 */
@Timeout(120)
class ServeCanaryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What every secret begins with; what follows says where it was put. */
  private static final String CANARY = "c4n4ry";

  private static final List<String> SPELLINGS = spellings();

  @TempDir private Path temp;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;

  /** Plain, and in the three ways that Base64 may cut it. */
  private static List<String> spellings() {
    List<String> all = new ArrayList<>(List.of(CANARY));
    for (int before = 0; before < 3; before++) {
      byte[] bytes = ("x".repeat(before) + CANARY).getBytes(UTF_8);
      String text = Base64.getEncoder().withoutPadding().encodeToString(bytes);
      all.add(text.substring((before * 8 + 5) / 6, bytes.length * 8 / 6));
    }
    return all;
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  /** Files to who shows password and token, and everybody else is told too much. */
  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    asked.add(path);
    if (path.equals("/stalled.jpg")) {
      try {
        over.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    exchange.getResponseHeaders().add("Set-Cookie", "session=" + CANARY + "Cookie");
    Path file = Path.of("test-fixtures/media" + path);
    boolean known =
        exchange.getRequestHeaders().containsKey("Authorization")
            && (CANARY + "Name=" + CANARY + "Query").equals(exchange.getRequestURI().getRawQuery())
            && Files.exists(file);
    byte[] body =
        known
            ? Files.readAllBytes(file)
            : "{\"error\": \"invalid_grant\", \"error_description\": \"%sBody\"}"
                .formatted(CANARY)
                .getBytes(UTF_8);
    exchange.sendResponseHeaders(known ? 200 : 400, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String url(String path) {
    return "http://%1$sUser:%1$sPassword@127.0.0.1:%2$d/%3$s?%1$sName=%1$sQuery#%1$sFragment"
        .formatted(CANARY, server.getAddress().getPort(), path);
  }

  private ObjectNode request(String image) {
    return JSON.createObjectNode()
        .put("image_url", image)
        .put("audio_url", url("speech.mp3"))
        .put("prompt_positive", "a " + CANARY + "Positive\nin the reeds [\"checkpoint\", 0]")
        .put("prompt_negative", CANARY + "Negative")
        .put("width", 128)
        .put("height", 96)
        .put("fps", 8)
        .put("steps", 2);
  }

  private static String data(String text) {
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** A key that works, to an account that nobody knows. */
  private String serviceAccount() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    String key =
        Base64.getEncoder().encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
    return JSON.createObjectNode()
        .put("type", "service_account")
        .put("project_id", CANARY + "Project")
        .put("private_key_id", CANARY + "KeyId")
        .put("private_key", "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n")
        .put("client_email", CANARY + "@test.example")
        .put("client_id", CANARY + "Client")
        .put("token_uri", url("token"))
        .toString();
  }

  private static Map<String, String> secrets(FakeRunPod platform) {
    Map<String, String> env = platform.env();
    env.replaceAll((name, value) ->
        name.startsWith("RUNPOD_WEBHOOK")
            ? value.replace("://", "://" + CANARY + "Runpod:" + CANARY + "Pass@") + token()
            : value);
    env.put("RUNPOD_AI_API_KEY", CANARY + "ApiKey");
    env.put("RUNPOD_PING_INTERVAL", "300");
    for (String name : List.of("HF_TOKEN", "AWS_SECRET_ACCESS_KEY")) {
      env.put(name, CANARY + name.replace("_", ""));
    }
    env.put("ENGINE", "rehearsal");
    env.put("ALLOW_PRIVATE_INPUTS", "true");
    env.put("LOG_LEVEL", "TRACE");
    env.put("WORKER_CONCURRENCY", "2");
    return env;
  }

  /** The platform's own, in the query of its addresses. */
  private static String token() {
    return "&token=" + CANARY + "Token";
  }

  /** JSON lines; the bucket takes one video and refuses the next. */
  @Test
  void jsonLinesAndABucket() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        FakeGcs bucket = FakeGcs.start()) {
      Map<String, String> env = secrets(platform);
      env.put("LOG_FORMAT", "json");
      env.put("GCS_BUCKET", "videos");
      env.put("GCS_CREDENTIALS_JSON", "{\"private_key\": \"" + CANARY + "Pem\"}");
      env.put("STORAGE_EMULATOR_HOST", bucket.url().toString());
      try (ServeProcess process = ServeProcess.start(temp, env)) {
        answered(platform, "good", request(url("portrait.jpg")));
        assertThat(output(platform, "good").path("gcs_url").asText()).startsWith("gs://videos/");
        endInEveryWay(platform, () -> bucket.fail(FakeGcs.On.START, 403, 1));
        assertThat(output(platform, "refused").path("gcs_error").asText()).contains("403");
        process.terminate();
        assertThat(process.exitCode()).isZero();
      }
      bucket.objects().forEach((name, video) -> assertClean(name, name + video.content().utf8()));
      everythingIsClean(platform);
    }
  }

  /** Text lines; there is a key, and a token endpoint that talks. */
  @Test
  void textLinesAndAKeyThatIsRefused() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = secrets(platform);
      env.put("LOG_FORMAT", "text");
      env.put("GCS_BUCKET", "videos");
      env.put("GCS_CREDENTIALS_JSON", serviceAccount());
      try (ServeProcess process = ServeProcess.start(temp, env)) {
        endInEveryWay(platform, () -> {});
        assertThat(output(platform, "refused").path("gcs_error").asText())
            .startsWith("GCS upload failed: ");
        assertThat(asked).contains("/token");
        process.terminate();
        assertThat(process.exitCode()).isZero();
      }
      everythingIsClean(platform);
    }
  }

  private void endInEveryWay(FakeRunPod platform, Runnable breakBucket) throws Exception {
    platform.hand("stopped", request(url("stalled.jpg")).toString());
    await().atMost(SOON).until(() -> asked.contains("/stalled.jpg"));
    platform.stop("stopped");

    ObjectNode invalid = request("gs://" + CANARY + "@bucket/a.png?key=" + CANARY);
    invalid.put("fps", url("fps")).putArray("prompt_positive").add(CANARY + "Array");
    answered(platform, "invalid", invalid);
    assertThat(code(platform, "invalid")).isEqualTo("INVALID_INPUT");
    platform.handRaw("{\"id\":\"broken\",\"input\":{\"prompt_positive\":\"" + CANARY + "Broken");
    await().atMost(SOON).until(() -> !platform.answers("broken").isEmpty());

    answered(platform, "forbidden", request(url("forbidden.jpg")));
    answered(platform, "unreachable", request(url("x").replaceFirst(":\\d+/", ":1/")));
    answered(platform, "no-picture", request(data("no image but " + CANARY + "Data")));
    for (String id : List.of("forbidden", "unreachable", "no-picture")) {
      assertThat(code(platform, id)).isIn("INPUT_DOWNLOAD_FAILED", "INVALID_INPUT");
    }
    breakBucket.run();
    answered(platform, "refused", request(url("portrait.jpg")));
    String video = output(platform, "refused").path("video_base64").asText();
    assertClean("the video", new String(Base64.getDecoder().decode(video), ISO_8859_1));
    answered(platform, "self-test", JSON.createObjectNode().put("self_test", true));

    assertThat(platform.answers("stopped")).isEmpty();
  }

  private static void answered(FakeRunPod platform, String id, ObjectNode input) {
    platform.hand(id, input.toString());
    await().atMost(SOON).until(() -> !platform.answers(id).isEmpty());
  }

  private static JsonNode output(FakeRunPod platform, String id) throws IOException {
    assertThat(platform.status(id)).as(id).isEqualTo("COMPLETED");
    return platform.answers(id).getFirst().at("/output/output");
  }

  private static String code(FakeRunPod platform, String id) throws IOException {
    return platform.answers(id).getFirst().at("/output/code").asText();
  }

  private void everythingIsClean(FakeRunPod platform) throws IOException {
    assertThat(temp.resolve("log")).content().contains("DEBUG");
    try (Stream<Path> files = Files.walk(temp)) {
      for (Path file : files.toList()) {
        assertClean(file.toString(), temp.relativize(file).toString());
        if (Files.isRegularFile(file)) {
          assertClean(file.toString(), Files.readString(file, ISO_8859_1));
        }
      }
    }
    assertThat(temp.resolve("tmp").toFile().list((dir, name) -> name.startsWith("ltx2")))
        .containsExactly("ltx2-worker-start.json");
    assertThat(platform.seen(Route.PING)).isNotEmpty();
    for (Route route : Route.values()) {
      for (Seen request : platform.seen(route)) {
        assertClean(route + " body", request.text());
        assertClean(route + " target", request.target().replace(token(), ""));
      }
    }
  }

  private static void assertClean(String what, String text) {
    for (String spelling : SPELLINGS) {
      int at = text.indexOf(spelling);
      String around =
          at < 0 ? "" : text.substring(Math.max(0, at - 100), Math.min(text.length(), at + 40));
      assertThat(around).as("%s, spelled %s", what, spelling).isEmpty();
    }
  }
}
