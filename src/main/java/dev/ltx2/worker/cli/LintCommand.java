package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.app.WorkerHome;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code worker lint}: graphs against what a ComfyUI offers. */
@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = "Checks graphs against ComfyUI's nodes, recorded or live.")
final class LintCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "GRAPH",
      arity = "0..*",
      description = "Graphs or workflow files (default: those of the model set).")
  private List<Path> graphs = List.of();

  @Option(
      names = "--comfyui",
      paramLabel = "URL",
      description =
          "A running ComfyUI (default: the recorded v" + ObjectInfo.RECORDED_VERSION + ").")
  private @Nullable URI comfyUi;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Settings settings = Settings.from(System.getenv());
    Logging.text(LogLevel.WARN, System.err);
    ObjectInfo info = comfyUi == null ? ObjectInfo.recorded() : live(comfyUi);
    List<Path> files = graphs.isEmpty() ? ofSet(settings) : graphs;
    for (Path file : files) {
      FileArgument.check(spec, file);
    }
    PrintWriter out = spec.commandLine().getOut();
    GraphFileCheck check = new GraphFileCheck(info, rules(settings), out, new ArrayList<>());
    boolean good = true;
    for (Path file : files) {
      good &= check.passes(file);
    }
    if (graphs.isEmpty()) {
      good &= checkSet(settings, check);
    }
    out.flush();
    return good ? 0 : 1;
  }

  /** The graphs that are there; whether they are all, {@link #checkSet} tells. */
  private static List<Path> ofSet(Settings settings) throws CommandFailure {
    Path folder = Wiring.modelSetFolder(settings);
    return Arrays.stream(Mode.values())
        .map(mode -> folder.resolve(mode.workflow() + ".json"))
        .filter(Files::isRegularFile)
        .toList();
  }

  /** Of the model set, where it is good; what is wrong with it, {@link #checkSet} tells. */
  private static RequestRules rules(Settings settings) throws CommandFailure {
    try {
      return Wiring.modelSet(settings).set().request();
    } catch (WorkflowException _) {
      return RequestRules.API;
    }
  }

  /** Of the set as a whole; what is wrong with one graph has been told with it. */
  private static boolean checkSet(Settings settings, GraphFileCheck graphs) throws CommandFailure {
    PrintWriter out = graphs.out();
    try {
      Workflows set = Wiring.modelSet(settings);
      set.warnings().forEach(warning -> out.println("warning: " + warning));
      var _ =
          ModelList.read(WorkerHome.modelList())
              .only(set.set().files(), "model set " + set.set().name());
      out.println("model set " + set.set().name() + ": good, " + set.set().title());
      return true;
    } catch (WorkflowException e) {
      if (!graphs.hasTold(e.getMessage())) {
        out.println(e.getMessage());
      }
    } catch (ModelsException e) {
      out.println(e.getMessage());
    }
    return false;
  }

  private static ObjectInfo live(URI url) throws CommandFailure, InterruptedException {
    try (ComfyUi live = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
      return ObjectInfo.of(live.objectInfo());
    } catch (ComfyUiException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }
}
