package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.StartFile;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.diagnostics.Diagnosis;
import dev.ltx2.worker.diagnostics.Doctor;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code worker doctor}: a line per precondition. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Checks every precondition and names the remedy. Exit code 1 if one fails.")
final class DoctorCommand implements Callable<Integer> {
  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "The models folder (default: those of the network volume and of ComfyUI).")
  private @Nullable Path models;

  @Option(
      names = "--start",
      description = {
        "Checks nothing: prints how many seconds each step of the last start of `serve` on this"
            + " machine took, from the process to the first job. Exit code 1 if none is recorded."
      })
  private boolean start;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() {
    Logging.text(LogLevel.ERROR, System.err);
    PrintWriter out = spec.commandLine().getOut();
    if (start) {
      return StartTable.print(StartFile.path(), out) ? 0 : 1;
    }
    List<Diagnosis> lines =
        Doctor.examine(
            System.getenv(),
            models == null ? Wiring.modelFolders(System.getenv()) : ModelsCommand.folders(models));
    lines.forEach(out::println);
    out.flush();
    return lines.stream().anyMatch(Diagnosis::isFailure) ? 1 : 0;
  }
}
