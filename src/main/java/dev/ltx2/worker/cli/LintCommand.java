package dev.ltx2.worker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.ConstantInputs;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.UnusedFields;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
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
  private static final String RAW =
      ": sound for ComfyUI, %d nodes, and not yet a graph of this worker: no node has a \"bind\""
          + " (nor has a graph that is filled)";

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
    boolean good = true;
    for (Path file : files) {
      good &= check(file, info, rules(settings), out);
    }
    if (graphs.isEmpty()) {
      good &= checkSet(settings, out);
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

  private static boolean checkSet(Settings settings, PrintWriter out) throws CommandFailure {
    try {
      Workflows set = Wiring.modelSet(settings);
      set.warnings().forEach(warning -> out.println("warning: " + warning));
      out.println("model set " + set.set().name() + ": good, " + set.set().title());
      return true;
    } catch (WorkflowException e) {
      out.println(e.getMessage());
      return false;
    }
  }

  private static boolean check(Path file, ObjectInfo info, RequestRules rules, PrintWriter out)
      throws CommandFailure {
    String name = file.toString();
    try {
      String text = Files.readString(file);
      JsonNode json = new ObjectMapper().readTree(text);
      if (!(json instanceof ObjectNode graph)) {
        out.println(name + ": not a graph in ComfyUI's API format, which is one JSON object");
        return false;
      }
      if (graph.path("nodes").isArray()) {
        out.println(
            name
                + ": saved by ComfyUI's editor for itself: open it there and save it with \"Export"
                + " (API)\"");
        return false;
      }
      boolean template = isTemplate(graph);
      List<String> warnings = template ? warnings(Workflow.parse(name, text), rules) : List.of();
      List<GraphLint.GraphFault> findings = GraphLint.check(name, graph, info);
      findings.forEach(out::println);
      if (findings.isEmpty()) {
        out.println(name + (template ? ": good, %d nodes" : RAW).formatted(graph.size()));
      }
      warnings.forEach(warning -> out.println(name + ": warning: " + warning));
      return findings.isEmpty();
    } catch (JsonProcessingException e) {
      out.println(
          name
              + (e.getLocation() == null
                  ? ": not a graph: nested too deeply, or a text in it is too long"
                  : ": not JSON at line " + e.getLocation().getLineNr()));
    } catch (CharacterCodingException e) {
      out.println(name + ": not JSON: " + IoErrors.of(e));
    } catch (WorkflowException e) {
      out.println(e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.usage(file + " cannot be read: " + IoErrors.of(e), e);
    }
    return false;
  }

  private static List<String> warnings(Workflow workflow, RequestRules rules) {
    List<String> warnings = new ArrayList<>(ConstantInputs.warnings(workflow));
    List<String> unused = UnusedFields.of(workflow, rules);
    if (!unused.isEmpty()) {
      warnings.add(
          "nothing is bound to "
              + String.join(", ", unused)
              + ": what requests say of it has no effect");
    }
    return warnings;
  }

  /** A filled graph has no bindings left, so the rules for bindings do not apply to it. */
  private static boolean isTemplate(ObjectNode graph) {
    return graph.properties().stream()
        .map(node -> node.getValue().path("_meta"))
        .anyMatch(meta ->
            meta.has("bind")
                || meta.has("for_each")
                || meta.has("drop_if_zero")
                || meta.has("manual_sigmas"));
  }

  private static ObjectInfo live(URI url) throws CommandFailure, InterruptedException {
    try (ComfyUi live = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
      return ObjectInfo.of(live.objectInfo());
    } catch (ComfyUiException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }
}
