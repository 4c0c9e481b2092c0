package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client of docs/clients, as a user runs it. */
record DocumentedClient(String name, Path temp) {
  record Ended(int code, String out, String err) {}

  /** Runs it to its end; skipped, and reported so, where its language is not here. */
  Ended run(String endpoint, String request, String webhook)
      throws IOException, InterruptedException {
    Process process = start(endpoint, request, webhook);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(
        process.exitValue(),
        Files.readString(temp.resolve("out")),
        Files.readString(temp.resolve("err")));
  }

  /** Starts it; its output goes to the files {@code out} and {@code err}. */
  Process start(String endpoint, String request, String webhook)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(interpreter());
    command.add(Files.writeString(temp.resolve("request.json"), request).toString());
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    builder.environment().put("RUNPOD_ENDPOINT", endpoint);
    builder.environment().put("RUNPOD_API_KEY", "secret");
    builder.environment().put("POLL_SECONDS", "0.05");
    if (!webhook.isEmpty()) {
      builder.environment().put("WEBHOOK", webhook);
    }
    return builder.start();
  }

  private List<String> interpreter() throws IOException, InterruptedException {
    Path file = Path.of("docs/clients", name).toAbsolutePath();
    String language = name.endsWith(".sh") ? "bash" : name.endsWith(".py") ? "python3" : "node";
    assumeTrue(isHere(language), language + " is not here");
    if (language.equals("bash")) {
      assumeTrue(isHere("curl") && isHere("jq"), "curl or jq is not here");
    }
    if (!language.equals("node")) {
      return List.of(language, file.toString());
    }
    Path module = Files.copy(file, temp.resolve("video.mjs"), StandardCopyOption.REPLACE_EXISTING);
    return List.of(language, module.toString());
  }

  static boolean isHere(String program) throws InterruptedException {
    try {
      Process asked =
          new ProcessBuilder(program, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return asked.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
