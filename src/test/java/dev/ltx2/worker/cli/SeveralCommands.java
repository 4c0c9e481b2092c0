package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Commands one after the other in one process, as its start costs more than most of them. */
final class SeveralCommands {
  private static final String NEXT = "=next=";

  private SeveralCommands() {}

  /** In the process: runs the groups of arguments that {@link #NEXT} divides. */
  public static void main(String[] args) {
    List<String> group = new ArrayList<>();
    for (String arg : args) {
      if (!arg.equals(NEXT)) {
        group.add(arg);
        continue;
      }
      int code = Commands.execute(group.toArray(String[]::new));
      System.err.flush();
      System.out.println("code " + code + "\n" + NEXT);
      group.clear();
    }
  }

  /** What each printed on both streams, and at last {@code code N}; on the rehearsal. */
  @SafeVarargs
  static List<String> run(Path temp, List<String>... commands)
      throws IOException, InterruptedException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temp,
                "-cp",
                System.getProperty("java.class.path"),
                SeveralCommands.class.getName()));
    for (List<String> command : commands) {
      line.addAll(command);
      line.add(NEXT);
    }
    Path output = Files.createTempFile(temp, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(GCS|COMFYUI|RUNPOD|S3)_.*"));
    builder.environment().put("ENGINE", "rehearsal");
    builder.environment().put("OUTPUT_DIR", temp.resolve("output").toString());
    Process process = builder.start();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output);
    List<String> said = List.of(text.split(NEXT + "\n"));
    assertThat(said).as(text).hasSize(commands.length);
    return said;
  }
}
