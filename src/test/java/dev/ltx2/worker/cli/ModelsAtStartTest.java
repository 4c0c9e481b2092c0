package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.RehearsalProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} with {@code MODELS_PULL=true} and no models, as the Hub starts it. */
@Timeout(120)
class ModelsAtStartTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SIZE = 3 << 20;

  @TempDir private Path temp;
  private final byte[] model = new byte[SIZE];
  private final CountDownLatch served = new CountDownLatch(1);
  private volatile int status = 206;
  private HttpServer hub;

  @BeforeEach
  void hub() throws IOException {
    Arrays.fill(model, (byte) 7);
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hub.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    hub.createContext("/", this::serve);
    hub.start();
    Files.writeString(temp.resolve("main.py"), "");
    Path home = Files.createDirectory(temp.resolve("home"));
    Files.writeString(
        home.resolve("models.txt"),
        "loras/x.bin | %d | ? | http://127.0.0.1:%d/o/r/resolve/main/x.bin | licence | purpose\n"
            .formatted(SIZE, hub.getAddress().getPort()));
    Files.createSymbolicLink(
        home.resolve("workflows"), Path.of("workflows").toAbsolutePath().normalize());
  }

  @AfterEach
  void close() {
    served.countDown();
    hub.stop(0);
    ((ExecutorService) hub.getExecutor()).shutdownNow();
  }

  /** Tells the size at once and holds the file back until a test lets it go. */
  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (status != 206) {
        exchange.sendResponseHeaders(status, -1);
        return;
      }
      String[] ends =
          exchange.getRequestHeaders().getFirst("Range").substring("bytes=".length()).split("-", 2);
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[1]);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + first + "-" + last + "/" + SIZE);
      exchange.sendResponseHeaders(206, last - first + 1L);
      exchange.getResponseBody().write(model, first, Math.min(1024, last - first + 1));
      exchange.getResponseBody().flush();
      if (last - first >= 1024) {
        served.await();
        exchange.getResponseBody().write(model, first + 1024, last - first - 1023);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ServeProcess start(FakeRunPod platform, Map<String, String> more) throws IOException {
    Path python = temp.resolve("python");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        python,
        "#!/bin/sh\ntouch '%s/begun'\nexec %s --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -cp '%s' %s \"$@\"\n"
            .formatted(
                temp,
                java,
                System.getProperty("java.class.path"),
                RehearsalProcess.class.getName()));
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    Map<String, String> env = platform.env();
    env.put("MODELS_PULL", "true");
    env.put("WARM_UP", "false");
    env.put("COMFYUI_DIR", temp.toString());
    env.put("COMFYUI_PYTHON", python.toString());
    env.put(
        "JAVA_TOOL_OPTIONS",
        "-Dworker.home=%s -Dworker.volume=%s"
            .formatted(temp.resolve("home"), temp.resolve("volume")));
    env.putAll(more);
    return ServeProcess.start(temp, env);
  }

  private String log() throws IOException {
    return Files.readString(temp.resolve("log"));
  }

  private static String input() throws IOException {
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg"));
    return JSON.createObjectNode()
        .put("image_url", "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(image))
        .put("duration", 1)
        .put("width", 128)
        .put("height", 96)
        .toString();
  }

  @Test
  void takesNothingBeforeItsModelsAreThere() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        ServeProcess process = start(platform, Map.of("RUNPOD_INIT_TIMEOUT", "3"))) {
      platform.hand("first", input());
      await().atMost(SOON).until(() -> log().contains("Fetching 1 model files"));
      assertThat(log())
          .contains("allows 3 s for a start (RUNPOD_INIT_TIMEOUT): that takes 2 MB/s and more");
      await()
          .during(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(3))
          .until(() ->
              platform.seen(Route.TAKE).isEmpty()
                  && platform.seen(Route.PING).isEmpty()
                  && Files.notExists(temp.resolve("begun")));
      served.countDown();
      await().atMost(SOON).until(() -> !platform.answers("first").isEmpty());
      assertThat(platform.status("first")).isEqualTo("COMPLETED");
      assertThat(temp.resolve("models/loras/x.bin")).hasBinaryContent(model);
      process.terminate();
      assertThat(process.exitCode()).isZero();
    }
  }

  @Test
  void aSignalEndsThePullAtOnceAndFreesTheFolder() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        ServeProcess process = start(platform, Map.of())) {
      await().atMost(SOON).until(() -> log().contains("Fetching 1 model files"));
      await().atMost(SOON).until(() -> Files.exists(temp.resolve("models/loras/.x.bin.part")));
      process.terminate();
      assertThat(process.exitCode()).isZero();
      assertThat(temp.resolve("models/.ltx2-models.lock")).doesNotExist();
      assertThat(log()).contains("Ending before all models are there");
      assertThat(platform.seen(Route.PING)).isEmpty();
    }
  }

  @Test
  void whatCannotBeFetchedMakesAnUnhealthyWorker() throws Exception {
    status = 404;
    try (FakeRunPod platform = new FakeRunPod();
        ServeProcess process = start(platform, Map.of())) {
      assertThat(process.exitCode()).isEqualTo(1);
      assertThat(log()).contains("Giving this worker up: loras/x.bin: 127.0.0.1 answered 404");
      assertThat(platform.seen(Route.PING)).hasSize(1);
      assertThat(platform.seen(Route.PING).getFirst().target())
          .contains("status=unhealthy&check=models&reason=loras");
      assertThat(platform.seen(Route.TAKE)).isEmpty();
      assertThat(temp.resolve("begun")).doesNotExist();
    }
  }

  @Test
  void withoutRoomItSaysSoBeforeItAsks() throws Exception {
    try (FakeRunPod platform = new FakeRunPod();
        ServeProcess process = start(platform, Map.of("MIN_FREE_DISK", Long.toString(1L << 50)))) {
      assertThat(process.exitCode()).isEqualTo(1);
      assertThat(log()).contains("for jobs, MIN_FREE_DISK").contains("Attach a network volume");
      assertThat(platform.seen(Route.PING).getFirst().target()).contains("check=models");
    }
  }
}
