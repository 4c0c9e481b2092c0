package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.fakes.FakeNvidiaSmi;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code worker serve} as a process: signals, exit codes, log lines. */
@Timeout(120)
class ServeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String PROMPT = "a wren in the reeds";

  @TempDir private Path temp;

  private ServeProcess serve(Map<String, String> env) throws IOException {
    return ServeProcess.start(temp, env);
  }

  private static String input() throws IOException {
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg"));
    return JSON.createObjectNode()
        .put("image_url", "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(image))
        .put("duration", 1)
        .put("width", 128)
        .put("height", 96)
        .put("steps", 4)
        .put("prompt_positive", PROMPT)
        .toString();
  }

  /** A job, a pause of the whole process with a job handed out in it, and SIGTERM in a third. */
  @Test
  void worksPausesAndEnds() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = platform.env();
      env.put("ENGINE", "rehearsal");
      try (ServeProcess process = serve(env)) {
        platform.hand("first", input());
        await().atMost(SOON).until(() -> !platform.answers("first").isEmpty());
        assertThat(platform.status("first")).isEqualTo("COMPLETED");
        // There is no bucket, and a file: address would be of no use to anybody
        JsonNode output = platform.answers("first").getFirst().at("/output/output");
        assertThat(output.path("video_url").isNull()).isTrue();
        assertThat(output.path("video_base64").asText()).isNotEmpty();
        assertThat(output.path("gcs_error").asText()).isEqualTo("GCS_BUCKET is not set");

        await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
        process.signal("STOP");
        platform.hand("paused", input());
        int pings = platform.seen(Route.PING).size();
        await()
            .during(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(5))
            .until(() -> platform.answers("paused").isEmpty());
        assertThat(platform.seen(Route.PING)).hasSize(pings);
        process.signal("CONT");
        await().atMost(SOON).until(() -> !platform.answers("paused").isEmpty());
        assertThat(platform.status("paused")).isEqualTo("COMPLETED");

        platform.hand("last", input());
        await().atMost(SOON).until(() -> !platform.posts("last").isEmpty());
        process.terminate();
        assertThat(process.exitCode()).isZero();
        assertThat(platform.status("last")).isEqualTo("COMPLETED");
        assertThat(platform.answers("last")).hasSize(1);
      }
      List<String> lines = Files.readAllLines(temp.resolve("log"));
      assertThat(lines).anyMatch(line -> line.contains("There is no bucket"));
      assertThat(lines)
          .anyMatch(line ->
              line.contains(
                  "\"Starting ltx2-worker (not packaged), commit unknown: engine rehearsal, store"
                      + " none, videos go into the answers, concurrency 1\""))
          .anyMatch(line -> line.contains("\"Exercised the way of a job in "))
          .anyMatch(line -> line.matches(".*\"Ready after [0-9.]+ s: ComfyUI 0.33.0 answers\".*"));
      assertThat(lines)
          .contains("{\"requestId\": \"first\", \"message\": \"Started.\", \"level\": \"INFO\"}");
      for (String line : lines) {
        JsonNode event = JSON.readTree(line);
        assertThat(event.fieldNames())
            .toIterable()
            .containsExactly("requestId", "message", "level");
        assertThat(line).doesNotContain("wren").doesNotContain("base64").doesNotContain("gpu=");
      }
    }
  }

  @Test
  void takesNothingWithoutRoomOnItsDisk() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = platform.env();
      env.put("ENGINE", "rehearsal");
      env.put("MIN_FREE_DISK", Long.toString(1L << 50));
      try (ServeProcess process = serve(env)) {
        await()
            .atMost(SOON)
            .until(() ->
                Files.readString(temp.resolve("log"))
                    .contains("Taking no jobs: The disk is nearly full: "));
        process.terminate();
        assertThat(process.exitCode()).isZero();
        assertThat(platform.seen(Route.TAKE)).isEmpty();
      }
    }
  }

  /** An idle worker has no job whose error could tell them. */
  @Test
  void theLogHasTheLastWordsOfAComfyUiThatDoesNotStart() throws Exception {
    Files.writeString(temp.resolve("main.py"), "echo 'the driver is too old'; exec sleep 60");
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = platform.env();
      env.put("COMFYUI_DIR", temp.toString());
      env.put("COMFYUI_PYTHON", "sh");
      env.put("COMFYUI_START_TIMEOUT", "1");
      assertThat(serve(env).exitCode()).isEqualTo(1);
      assertThat(Files.readString(temp.resolve("log")))
          .containsPattern("Giving ComfyUI up: ComfyUI failed to start: .*the driver is too old");
      assertThat(platform.seen(Route.PING).getLast().target())
          .contains("status=unhealthy&check=start&reason=ComfyUI%20failed");
    }
  }

  @Test
  void endsIdleWithCodeZero() throws Exception {
    // The platform holds the take for longer than the end is waited for.
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMinutes(10))) {
      Map<String, String> env = platform.env();
      env.put("ENGINE", "rehearsal");
      try (ServeProcess process = serve(env)) {
        await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
        process.terminate();
        assertThat(process.exitCode()).isZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "COMFYUI_DIR, /comfyui, there is no main.py in /comfyui",
    "GENERATION_TIMEOUT, soon, GENERATION_TIMEOUT must be a whole number",
    "LOG_LEVEL, INFO, There is no ComfyUI: set COMFYUI_DIR or COMFYUI_URL",
  })
  void tellsThePlatformWhenItCannotBegin(String name, String value, String message)
      throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = platform.env();
      env.put(name, value);
      assertThat(serve(env).exitCode()).isEqualTo(2);
      assertThat(Files.readString(temp.resolve("err"))).contains(message).doesNotContain("\tat ");
      assertThat(platform.seen(Route.PING)).hasSize(1);
      assertThat(platform.seen(Route.PING).getFirst().target())
          .contains("status=unhealthy&check=settings&reason=");
      assertThat(platform.seen(Route.TAKE)).isEmpty();
    }
  }

  /**
   * No job is failed for it: the worker says so and goes, long before ComfyUI has imported torch.
   */
  @Test
  void leavesWhereTheGpuCannotBeUsed() throws Exception {
    Path smi =
        FakeNvidiaSmi.script(
            temp.resolve("bin"), "echo 'Failed to initialize NVML: Unknown Error'; exit 255\n");
    Path python = temp.resolve("python");
    Files.writeString(python, "#!/bin/sh\nexec sleep 600\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(temp.resolve("main.py"), "");
    try (FakeRunPod platform = new FakeRunPod()) {
      Map<String, String> env = platform.env();
      env.put("COMFYUI_DIR", temp.toString());
      env.put("COMFYUI_PYTHON", python.toString());
      env.put("PATH", smi + ":" + System.getenv("PATH"));
      try (ServeProcess process = serve(env)) {
        assertThat(process.exitCode()).isEqualTo(1);
      }
      assertThat(platform.seen(Route.DONE)).isEmpty();
      assertThat(platform.seen(Route.PING).getLast().target())
          .contains("status=unhealthy&check=start&reason=")
          .contains("GPU")
          .contains("Unknown%20Error");
      assertThat(Files.readString(temp.resolve("tmp/ltx2-worker-start.json")))
          .contains("\"process\":")
          .doesNotContain("server_up");
    }
  }

  @Test
  void withoutThePlatformItSaysWhatIsMissing() throws Exception {
    assertThat(serve(Map.of("RUNPOD_POD_ID", "x")).exitCode()).isEqualTo(2);
    assertThat(Files.readString(temp.resolve("err")))
        .contains("RUNPOD_WEBHOOK_GET_JOB and RUNPOD_WEBHOOK_POST_OUTPUT must be set")
        .doesNotContain("\tat ");
  }
}
