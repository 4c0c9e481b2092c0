package dev.ltx2.worker.comfyui.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiHttp;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A COMFYUI_DIR whose Python is a script of a test. */
record ProcessLab(Path dir) {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  Path state() {
    return dir.resolve("state");
  }

  /** ComfyUI is these shell commands; {@code $LAB} is this lab's folder. */
  Launch shell(Duration startTimeout, String... commands) throws IOException {
    Path python = dir.resolve("python");
    Files.writeString(python, "#!/bin/sh\n" + String.join("\n", commands) + "\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(dir.resolve("ComfyUI"));
    Files.writeString(dir.resolve("ComfyUI/main.py"), "");
    return new Launch(
        dir.resolve("ComfyUI"),
        python.toString(),
        "",
        startTimeout,
        state(),
        Map.of("PATH", System.getenv("PATH"), "LAB", dir.toString()));
  }

  /** ComfyUI is a {@link FakeComfyUi}. */
  Launch fake() throws IOException {
    return shell(LIMIT, "echo + >> $LAB/lives", "exec " + java(FakeComfyUi.class) + " \"$@\"");
  }

  int lives() throws IOException {
    return Files.readAllLines(dir.resolve("lives")).size();
  }

  static String java(Class<?> main) {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return "'%s/bin/java' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -cp '%s' %s"
        .formatted(System.getProperty("java.home"), path, main.getName());
  }

  Generated run(ComfyUi comfyUi, String jobId, Duration timeout)
      throws IOException, ComfyUiException, InterruptedException {
    ObjectNode graph =
        (ObjectNode)
            ComfyUiHttp.JSON.readTree(
                """
                {"pos": {"class_type": "CLIPTextEncode", "inputs": {"text": "a secret wish"}},
                 "ks": {"class_type": "SamplerCustomAdvanced", "inputs": {}},
                 "save": {"class_type": "SaveVideo",
                          "inputs": {"filename_prefix": "jobs/%s/video"}}}
                """
                    .formatted(jobId));
    Path results = Files.createDirectories(dir.resolve("results"));
    Path input = Files.writeString(results.resolve("face.png"), "a face");
    var upload = new Prompt.Upload(input, "jobs/" + jobId + "/face.png");
    return comfyUi.run(
        new Prompt(jobId, graph, List.of(upload), List.of("a secret wish"), timeout),
        results,
        (f, s, n, node) -> {});
  }

  Generated run(ComfyUi comfyUi, String jobId)
      throws IOException, ComfyUiException, InterruptedException {
    return run(comfyUi, jobId, LIMIT);
  }

  ComfyUi start(Launch launch) throws ComfyUiException {
    return ComfyUiProcess.supervise(launch, Clock.SYSTEM);
  }

  /** The process whose id the script wrote there. */
  Optional<ProcessHandle> process(String file) throws IOException {
    Path path = dir.resolve(file);
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    String id = Files.readString(path).strip();
    return id.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(id));
  }

  boolean alive(String file) throws IOException {
    return process(file).stream().anyMatch(ProcessTree::alive);
  }
}
