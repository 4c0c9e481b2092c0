package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.Main;
import dev.ltx2.worker.fakes.RehearsalProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code worker run} with a COMFYUI_DIR: it starts ComfyUI, and takes it down with itself. */
@Timeout(90)
class SupervisedRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  @TempDir private Path temp;
  private Path out;
  private Path err;

  @BeforeEach
  void files() throws IOException {
    out = temp.resolve("out");
    err = temp.resolve("err");
    Files.createDirectory(temp.resolve("tmp"));
    Files.writeString(temp.resolve("main.py"), "");
  }

  private static String java(Class<?> main) {
    return "%s --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' %s"
        .formatted(JAVA, System.getProperty("java.class.path"), main.getName());
  }

  private Process run(String python, String args) throws IOException {
    return run(python, args, 60);
  }

  private Process run(String python, String args, int startSeconds) throws IOException {
    Path script = temp.resolve("python");
    Files.writeString(script, "#!/bin/sh\necho $$ > '" + temp + "/pid'\n" + python + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    ObjectNode input = JSON.createObjectNode();
    input.put("image_url", Path.of("test-fixtures/media/portrait.jpg").toAbsolutePath().toString());
    input.put("duration", 1).put("width", 256).put("height", 256).put("fps", 8).put("steps", 20);
    Files.writeString(temp.resolve("request.json"), input.toString());
    String command =
        "exec %s run '%s' --out '%s'"
            .formatted(java(Main.class), temp.resolve("request.json"), temp.resolve("films"))
            .replace(
                "java --",
                "java -Djava.io.tmpdir='%s' -Dworker.volume='%s' --"
                    .formatted(temp.resolve("tmp"), temp));
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(GCS|COMFYUI|RUNPOD).*|ENGINE"));
    builder.environment().put("COMFYUI_DIR", temp.toString());
    builder.environment().put("COMFYUI_PYTHON", script.toString());
    builder.environment().put("COMFYUI_ARGS", args);
    builder.environment().put("COMFYUI_START_TIMEOUT", Integer.toString(startSeconds));
    return builder.start();
  }

  private Optional<ProcessHandle> comfyUi() throws IOException {
    Path file = temp.resolve("pid");
    String id = Files.exists(file) ? Files.readString(file).strip() : "";
    return id.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(id));
  }

  private void nothingIsLeft() throws IOException {
    assertThat(comfyUi()).isEmpty();
    File[] left = temp.resolve("tmp").toFile().listFiles((dir, name) -> name.startsWith("ltx2"));
    assertThat(left).isEmpty();
  }

  @Test
  void startsComfyUiAndStopsIt() throws Exception {
    Path list = temp.resolve("list");
    String comfyUi =
        "for a; do case $a in *.yaml) cp $a '" + list + "';; esac; done\nexec %s \"$@\"";
    Process worker = run(comfyUi.formatted(java(RehearsalProcess.class)), "--anything");
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(err).content().doesNotContain("ERROR");
    JsonNode answer = JSON.readTree(out.toFile());
    assertThat(worker.exitValue()).isZero();
    assertThat(answer.at("/output/details/engine").asText()).isEqualTo("comfyui");
    assertThat(answer.at("/output/frames").asInt()).isEqualTo(17);
    assertThat(JSON.readTree(list.toFile()).at("/folder1/base_path").asText())
        .isEqualTo(temp.resolve("models").toString());
    nothingIsLeft();
  }

  @Test
  void aSignalCancelsTheJobAndTakesComfyUiDown() throws Exception {
    Process worker = run("exec " + java(RehearsalProcess.class) + " \"$@\"", "--slow");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.exists(err) && Files.readString(err).contains("step 1 of 20"));
    assertThat(comfyUi()).isPresent();
    worker.destroy();
    assertThat(worker.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(out).isEmptyFile();
    nothingIsLeft();
  }

  @Test
  void whatDoesNotStartIsSaidWithItsLastWords() throws Exception {
    Process worker = run("echo 'ImportError: no torch'; exec sleep 60", "", 1);
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.exitValue()).isEqualTo(1);
    JsonNode answer = JSON.readTree(out.toFile());
    assertThat(answer.path("code").asText()).isEqualTo("COMFYUI_START_FAILED");
    assertThat(answer.path("error").asText())
        .isEqualTo("ComfyUI failed to start: not ready within 1 s\nImportError: no torch");
    nothingIsLeft();
  }

  @Test
  void settingsThatCannotWorkAreRefused() throws Exception {
    Process worker = run("exit 0", "--port 1234");
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.exitValue()).isEqualTo(2);
    assertThat(err).content().contains("COMFYUI_ARGS: --port is the worker's to set, leave it out");
  }
}
