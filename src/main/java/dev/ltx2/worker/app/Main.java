package dev.ltx2.worker.app;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The launcher's commands. Exit codes: 0, 1 (the job or check failed), 2 (usage, settings). */
@Command(
    name = "worker",
    description = "Makes LTX-2 videos with ComfyUI, as a RunPod worker or from the command line.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      RunCommand.class,
      PlanCommand.class,
      LintCommand.class,
      ServeCommand.class,
      UnsentCommand.class,
      VerifyCommand.class,
      ModelsCommand.class,
      DoctorCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  /** Says the version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"ltx2-worker " + (version == null ? "(not packaged)" : version)};
    }
  }

  private Main() {}

  /** Runs a command of the launcher and exits with its code. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  /** Runs a command and returns its exit code. */
  static int execute(String... args) {
    return new CommandLine(new Main())
        .registerConverter(URI.class, Main::address)
        .setExecutionExceptionHandler(Main::explain)
        .execute(args);
  }

  /** The value itself is not repeated: it may hold a password. */
  private static URI address(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new CommandLine.TypeConversionException(
        "must be an http or https URL, such as http://127.0.0.1:8188");
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  /** One sentence for a person; a stack trace only of what is our own fault. */
  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult ignored) {
    if (e instanceof CommandFailure failure) {
      command.getErr().println("worker: " + e.getMessage());
      return failure.exitCode();
    }
    if (e instanceof Settings.InvalidSettingsException) {
      command.getErr().println("worker: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    }
    e.printStackTrace(command.getErr());
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The folder the worker lies in, as the launcher or the image say; else the current one. */
  static Path home() {
    return Path.of(System.getProperty("worker.home", "."));
  }
}
