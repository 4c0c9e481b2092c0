package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.Build;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.common.HttpUrls;
import java.io.PrintWriter;
import java.net.URI;
import picocli.AutoComplete;
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
    versionProvider = Commands.Version.class,
    subcommands = {
      RunCommand.class,
      PlanCommand.class,
      LintCommand.class,
      ServeCommand.class,
      LocalCommand.class,
      UnsentCommand.class,
      VerifyCommand.class,
      ModelsCommand.class,
      DoctorCommand.class,
      Commands.VersionCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Commands implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /** Says the version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ltx2-worker " + Build.current().version()};
    }
  }

  @Command(name = "version", mixinStandardHelpOptions = true, description = "Prints the version.")
  static final class VersionCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
      PrintWriter out = spec.commandLine().getOut();
      out.println(new Version().getVersion()[0]);
      out.flush();
    }
  }

  private Commands() {}

  /** Runs a command and returns its exit code. */
  public static int execute(String... args) {
    return line()
        .registerConverter(URI.class, Commands::address)
        .setExecutionExceptionHandler(
            (exception, command, _) -> explain(exception, command.getErr()))
        .execute(args);
  }

  /** With every command saying the same version, and one that prints a shell's completions. */
  static CommandLine line() {
    CommandLine completion = new CommandLine(new AutoComplete.GenerateCompletion());
    completion
        .getCommandSpec()
        .usageMessage()
        .description(
            "Prints a script that lets bash and zsh complete commands and options:",
            "source <(scripts/worker completion)");
    CommandLine line = new CommandLine(new Commands()).addSubcommand("completion", completion);
    saysVersion(line);
    return line;
  }

  private static void saysVersion(CommandLine line) {
    line.getCommandSpec().versionProvider(new Version());
    line.getSubcommands().values().forEach(Commands::saysVersion);
  }

  /** One sentence for a person; a stack trace only of what is our own fault. */
  public static int explain(Exception e, PrintWriter to) {
    if (e instanceof CommandFailure failure) {
      to.println("worker: " + e.getMessage());
      return failure.exitCode();
    }
    if (e instanceof Settings.InvalidSettingsException) {
      to.println("worker: " + e.getMessage());
      return CommandFailure.USAGE;
    }
    e.printStackTrace(to);
    return CommandFailure.FAILED;
  }

  /** The value itself is not repeated: it may hold a password. */
  private static URI address(String text) {
    return HttpUrls.parse(text)
        .orElseThrow(() ->
            new CommandLine.TypeConversionException(
                "must be an http or https URL, such as http://127.0.0.1:8188"));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command? worker help tells them");
  }
}
