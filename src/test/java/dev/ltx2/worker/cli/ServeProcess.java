package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.Main;
import dev.ltx2.worker.fakes.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code worker serve} as a process. Everything it writes lies in one folder: {@code log}, {@code
 * err}, {@code tmp}, {@code output} and {@code unsent}.
 */
public record ServeProcess(Process process, Path folder) implements AutoCloseable {
  public static ServeProcess start(Path folder, Map<String, String> env) throws IOException {
    return start(folder, folder.resolve("tmp"), env);
  }

  /** The same, with its temporary files elsewhere. */
  public static ServeProcess start(Path folder, Path tmp, Map<String, String> env)
      throws IOException {
    Files.createDirectories(folder);
    Files.createDirectories(tmp);
    ProcessBuilder builder =
        ChildJvm.of(tmp, Main.class, List.of("serve"))
            .redirectOutput(folder.resolve("log").toFile())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().put("OUTPUT_DIR", folder.resolve("output").toString());
    builder.environment().put("KEEP_DIR", folder.resolve("unsent").toString());
    builder.environment().putAll(env);
    return new ServeProcess(builder.start(), folder);
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  public void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  public int exitCode() throws InterruptedException {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  public Path log() {
    return folder.resolve("log");
  }

  public Path err() {
    return folder.resolve("err");
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
