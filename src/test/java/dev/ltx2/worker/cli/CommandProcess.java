package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.fakes.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import java.util.stream.Stream;

/**
 * One process that runs one command after the other, each with streams and a log of its own: to
 * start a process takes longer than most commands do.
 */
final class CommandProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader codes;

  CommandProcess() throws IOException {
    this(ChildJvm.of(CommandProcess.class, List.of()));
  }

  /** With these settings, and its temporary files in {@code temp}. */
  CommandProcess(Path temp, Map<String, String> settings) throws IOException {
    this(with(settings, ChildJvm.of(temp, CommandProcess.class, List.of())));
  }

  private static ProcessBuilder with(Map<String, String> settings, ProcessBuilder builder) {
    builder.environment().putAll(settings);
    return builder;
  }

  private CommandProcess(ProcessBuilder builder) throws IOException {
    process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    codes =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** In the process: a line has the files of the streams and the arguments. */
  public static void main(String[] args) throws IOException {
    PrintStream codes = System.out;
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(JSON.readValue(line, String[].class));
      try (PrintStream out = new PrintStream(words.get(0), StandardCharsets.UTF_8);
          PrintStream err = new PrintStream(words.get(1), StandardCharsets.UTF_8)) {
        System.setOut(out);
        System.setErr(err);
        LogManager.getLogManager().readConfiguration();
        codes.println(Commands.execute(words.subList(2, words.size()).toArray(String[]::new)));
      }
    }
  }

  /** Its exit code. */
  synchronized int run(Path out, Path err, String... args) throws IOException {
    commands.println(
        JSON.writeValueAsString(
            Stream.concat(Stream.of(out.toString(), err.toString()), Stream.of(args)).toList()));
    return Integer.parseInt(String.valueOf(codes.readLine()));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
