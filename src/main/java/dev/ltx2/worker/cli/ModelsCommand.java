package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.app.WorkerHome;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.models.Hub;
import dev.ltx2.worker.models.ModelCheck;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelPull;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.models.PullListener;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code worker models}: the files that the workflows name. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "Checks and fetches the model files of models.txt.")
final class ModelsCommand implements Runnable {
  private static final String HUB = "huggingface.co";

  /** A server that sends nothing for this long is asked again. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  @Option(
      names = "--list",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The list (default: models.txt of the worker).")
  private @Nullable Path list;

  @Option(
      names = "--set",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description = "The model set whose files are meant (default: the one that MODEL_SET names).")
  private @Nullable String set;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which one: check, pull or lock?");
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "Says which files are good, missing, truncated or corrupt. Exit code 1 if any.")
  int check(
      @Option(
              names = "--dir",
              paramLabel = "DIR",
              description =
                  "The models folder (default: those of the network volume and of ComfyUI).")
          Path dir,
      @Option(names = "--quick", description = "Compare sizes only.") boolean quick)
      throws CommandFailure {
    ModelFolders folders = folders(dir);
    List<ModelCheck.CheckedFile> findings;
    try {
      findings = ModelCheck.check(list(), folders, !quick);
    } catch (IOException e) {
      throw new CommandFailure(
          "A model cannot be read: " + e.getMessage() + ": " + IoErrors.of(e), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    Map<String, List<String>> sets = setsByFile();
    for (ModelCheck.CheckedFile finding : findings) {
      List<String> needing = sets.getOrDefault(finding.file().path(), List.of());
      out.println(finding + (needing.isEmpty() ? "" : "; of " + String.join(", ", needing)));
    }
    boolean good = findings.stream().allMatch(file -> file.condition().usable());
    if (!good) {
      out.println(folders.searched() + (dir == null ? "; --dir DIR names another" : ""));
    }
    out.flush();
    return good ? 0 : 1;
  }

  @Command(
      name = "pull",
      mixinStandardHelpOptions = true,
      description = {
        "Fetches what is missing, resumes what was begun, verifies what came.",
        "HF_TOKEN opens files behind a licence; it is sent to the hub only."
      })
  int pull(
      @Option(
              names = "--hub",
              paramLabel = "URL",
              description =
                  "A mirror of one's own with the hub's paths, instead of the list's addresses; gets"
                      + " no HF_TOKEN.")
          @Nullable URI mirror,
      @Option(
              names = "--dir",
              paramLabel = "DIR",
              description =
                  "The models folder (default: that of the network volume, else of ComfyUI).")
          Path dir,
      @Option(names = "--verify", description = "Also hash the files that are there.")
          boolean verify)
      throws CommandFailure, InterruptedException {
    Logging.text(LogLevel.INFO, System.err);
    try (Hub hub = hub();
        PullBars bars = new PullBars()) {
      ModelFolders folders = folders(dir);
      Path target = dir != null ? dir : target(folders);
      ModelList files = mirror == null ? list() : list().on(mirror);
      new ModelPull(hub, bars, Clock.SYSTEM).pull(files, folders, target, verify);
      return 0;
    } catch (ModelsException e) {
      throw new CommandFailure(e.getMessage() + remedy(e.getCause()), e);
    }
  }

  @Command(
      name = "lock",
      mixinStandardHelpOptions = true,
      description = "Asks the hub for sizes and SHA-256 that the list lacks and writes them in.")
  int lock() throws CommandFailure, InterruptedException {
    try (Hub hub = hub()) {
      Files.writeString(
          listFile(),
          new ModelPull(hub, new PullListener() {}, Clock.SYSTEM).lock(whole(), list()));
      return 0;
    } catch (ModelsException e) {
      throw new CommandFailure(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure(listFile() + " cannot be written: " + IoErrors.of(e), e);
    }
  }

  /** What to do where the hub is not reached at all. */
  static String remedy(@Nullable Throwable cause) {
    return cause instanceof UnknownHostException
            || cause instanceof SocketException
            || cause instanceof SocketTimeoutException
        ? ". Is this machine online? What has come so far is kept, and the next pull goes on from"
            + " there. Without a way to the hub, fetch the files that models.txt names elsewhere,"
            + " put them under the same names into --dir, and run models check"
        : "";
  }

  private static Path target(ModelFolders folders) throws CommandFailure {
    return folders
        .target()
        .orElseThrow(() ->
            CommandFailure.usage(
                "Neither a network volume nor ComfyUI is here ("
                    + folders.searched()
                    + "): give --dir DIR",
                null));
  }

  static Hub hub() {
    Optional<Hub.Token> token =
        Optional.ofNullable(System.getenv("HF_TOKEN"))
            .map(String::strip)
            .filter(value -> !value.isEmpty())
            .map(value -> new Hub.Token(HUB, value));
    return new Hub(token, SILENCE);
  }

  private Path listFile() {
    return list != null ? list : WorkerHome.modelList();
  }

  /** The whole list. */
  private ModelList whole() throws CommandFailure {
    FileArgument.check(spec, listFile());
    try {
      return ModelList.read(listFile());
    } catch (ModelsException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  /** The files of the chosen set; a list of one's own is meant whole unless a set is named. */
  private ModelList list() throws CommandFailure {
    if (list != null && set == null) {
      return whole();
    }
    try {
      Workflows chosen = Wiring.modelSet(settings());
      return whole().only(chosen.set().files(), "model set " + chosen.set().name());
    } catch (ModelsException | WorkflowException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private Settings settings() throws CommandFailure {
    Map<String, String> environment = new HashMap<>(System.getenv());
    if (set != null) {
      environment.put("MODEL_SET", set);
      environment.remove("WORKFLOWS_DIR");
    }
    try {
      return Settings.from(environment);
    } catch (Settings.InvalidSettingsException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }

  /** Which of the worker's own sets need a file; a set that cannot be read is none. */
  private static Map<String, List<String>> setsByFile() {
    Map<String, List<String>> sets = new HashMap<>();
    for (String name : WorkerHome.modelSetNames()) {
      try {
        for (String file : Workflows.load(WorkerHome.modelSets().resolve(name)).set().files()) {
          sets.computeIfAbsent(file, _ -> new ArrayList<>()).add(name);
        }
      } catch (WorkflowException _) {
        // Told where that set is chosen.
      }
    }
    return sets;
  }

  static ModelFolders folders(Path dir) {
    return dir == null
        ? Wiring.modelFolders(System.getenv())
        : new ModelFolders(dir, dir, dir.resolve("hub"));
  }
}
