package dev.ltx2.worker.fakes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A JVM of its own with this one's classes, quick to start; no setting of the shell reaches it. */
public final class ChildJvm {
  private static final Pattern SETTINGS =
      Pattern.compile("(GCS|S3|AWS|BUCKET|COMFYUI|RUNPOD|LOCAL_API).*|ENGINE");

  private ChildJvm() {}

  public static ProcessBuilder of(Class<?> main, List<String> arguments) {
    return of(List.of(), main, arguments);
  }

  /** The same, with its temporary files in {@code temp}. */
  public static ProcessBuilder of(Path temp, Class<?> main, List<String> arguments) {
    return of(List.of("-Djava.io.tmpdir=" + temp), main, arguments);
  }

  private static ProcessBuilder of(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> SETTINGS.matcher(name).matches());
    return builder;
  }
}
