package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.Main;
import dev.ltx2.worker.cli.DocumentedCommands.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * A folder that looks like a clone in which the worker is built: the real launcher, and a jar that
 * leads to the classes under test. {@code worker local} runs beside it.
 */
final class PastedCommands implements AutoCloseable {
  private static final List<String> LINKS =
      List.of("src", "docs", "workflows", "test-fixtures", "pom.xml", "models.txt");

  private final Path folder;
  private final LocalProcess server;

  PastedCommands(Path temp) throws IOException {
    folder = Files.createDirectory(temp.resolve("clone"));
    for (String each : LINKS) {
      Files.createSymbolicLink(folder.resolve(each), Path.of(each).toAbsolutePath());
    }
    Path scripts = Files.createDirectory(folder.resolve("scripts"));
    for (String each : List.of("worker", "jdk.sh")) {
      Files.copy(Path.of("scripts", each), scripts.resolve(each));
    }
    Files.createDirectories(folder.resolve("target/lib"));
    jar(folder.resolve("target/ltx2-worker.jar"));
    Path downloads = Files.createDirectories(folder.resolve("home/Downloads"));
    // What a user saved in ComfyUI's editor, and gave its bindings.
    Files.copy(Path.of("workflows/ltx-2.3/audio-gen.json"), downloads.resolve("exported.json"));
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/corners.png"));
    Files.writeString(
        folder.resolve("request.json"),
        "{\"image_url\": \"data:image/png;base64,%s\", \"duration\": 1, \"width\": 128,"
                .formatted(Base64.getEncoder().encodeToString(image))
            + " \"height\": 128, \"fps\": 8}");
    server = LocalProcess.start(temp.resolve("server"));
  }

  Path folder() {
    return folder;
  }

  private static void jar(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, Main.class.getName());
    main.put(new Attributes.Name("Enable-Native-Access"), "ALL-UNNAMED");
    main.put(
        Attributes.Name.CLASS_PATH,
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(each -> Path.of(each).toUri().toString())
            .collect(Collectors.joining(" ")));
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  /**
   * Runs commands in one shell, which stops at the first with another exit code than its own.
   *
   * @param codes exit codes other than 0, by command
   * @param said a pattern of what a command prints
   */
  void run(List<Command> commands, Map<String, Integer> codes, Map<String, String> said)
      throws IOException, InterruptedException {
    StringBuilder script = new StringBuilder();
    for (Command command : commands) {
      script.append("echo '== %s'%n%s%n".formatted(command.place(), here(command.text())));
      script.append(
          "code=$?; [ $code -eq %d ] || { echo \"exit code $code\"; exit 1; }%n"
              .formatted(codes.getOrDefault(command.text(), 0)));
    }
    Path output = Files.createTempFile(folder, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(each -> each.matches("(GCS|COMFYUI|RUNPOD|S3|BUCKET|AWS)_.*"));
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("WORKER_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
    environment.put("POLL_SECONDS", "0.1");
    Process process = builder.start();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    for (Command command : commands) {
      String own = text.split("== " + command.place() + "\n", 2)[1].split("\n== ", 2)[0];
      assertThat(own)
          .as("%s: %s", command.place(), command.text())
          .containsPattern(said.getOrDefault(command.text(), ""));
    }
  }

  /** The local API has another port here. */
  private String here(String command) {
    return command
        .replace("http://localhost:8000", server.url().toString())
        .replace("localhost:8000", server.url().getAuthority());
  }

  @Override
  public void close() throws IOException {
    server.close();
    // JUnit would warn of each.
    for (String each : LINKS) {
      Files.delete(folder.resolve(each));
    }
  }
}
