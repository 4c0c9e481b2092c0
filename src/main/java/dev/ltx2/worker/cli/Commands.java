package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.Build;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.common.HttpUrls;
import dev.ltx2.worker.request.NearNames;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

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
public final class Commands implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /** Says the version of the jar, and the commit that it was built from. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      Build build = Build.current();
      return new String[] {"ltx2-worker %s, commit %s".formatted(build.version(), build.commit())};
    }
  }

  @Command(
      name = "version",
      mixinStandardHelpOptions = true,
      description = "Prints the version, and the commit it was built from.")
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
        .setParameterExceptionHandler((misuse, _) -> explain(misuse))
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

  /** The error, what comes near to what was given, and where the rest is told. */
  private static int explain(ParameterException misuse) {
    CommandLine command = misuse.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("worker: " + misuse.getMessage());
    if (misuse instanceof UnmatchedArgumentException unmatched) {
      suggest(unmatched, command.getCommandSpec(), err);
    }
    err.println(command.getCommandSpec().qualifiedName() + " --help tells what it takes");
    err.flush();
    return CommandFailure.USAGE;
  }

  /** Names that are a slip of the pen away; the library's own search finds only longer ones. */
  private static void suggest(
      UnmatchedArgumentException misuse, CommandSpec command, PrintWriter err) {
    Set<String> known = new TreeSet<>(command.subcommands().keySet());
    known.addAll(command.optionsMap().keySet());
    List<String> near = NearNames.of(misuse.getUnmatched().getFirst(), known);
    if (near.isEmpty()) {
      UnmatchedArgumentException.printSuggestions(misuse, err);
    } else {
      err.println("Did you mean " + String.join(" or ", near) + "?");
    }
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

  /** Without a command: they are told, and it counts as misuse. */
  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    err.println("worker: Which command?");
    spec.commandLine().usage(err);
    err.flush();
    return CommandFailure.USAGE;
  }
}
