package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.logging.TextLine;
import dev.ltx2.worker.pipeline.RequestAudio;
import dev.ltx2.worker.pipeline.RequestNotes;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.report.PlanText;
import dev.ltx2.worker.report.PlanTimeline;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.workflow.GraphInputs;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code worker plan}: the arithmetic and a timeline. Nothing is fetched but audio; images of this
 * machine are looked at.
 */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = "Shows what a request would become, without running it.")
final class PlanCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(
      paramLabel = "REQUEST.json",
      arity = "1..*",
      description = "One request, or several: one JSON line each.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private List<Path> requests;

  @Option(names = "--json", description = "Print plan.json instead of text.")
  private boolean json;

  @Option(names = "--svg", paramLabel = "FILE", description = "Draw the timeline into FILE.")
  private @Nullable Path svg;

  @Option(
      names = "--graph",
      description = "Print the filled ComfyUI graph; with --json, as the plan's \"graph\".")
  private boolean graph;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private record PlannedRequest(GenerationRequest request, GenerationPlan plan) {}

  @Override
  public Integer call() throws Exception {
    checkOptions();
    Settings settings = Settings.from(System.getenv());
    Logging.text(LogLevel.WARN, System.err);
    PrintWriter out = spec.commandLine().getOut();
    Workflows workflows = Wiring.workflows(settings);
    boolean good = true;
    for (Path request : requests) {
      try {
        show(plan(settings, workflows, new RequestFile(request)), workflows, out);
      } catch (InvalidRequestException | DownloadException | WorkflowException e) {
        good = false;
        showFailure(request, e.getMessage(), out);
      }
    }
    out.flush();
    return good ? 0 : 1;
  }

  private void checkOptions() {
    for (Path request : requests) {
      FileArgument.check(spec, request);
    }
    if (requests.size() > 1 && (svg != null || graph)) {
      throw new ParameterException(spec.commandLine(), "--svg and --graph take a single request");
    }
  }

  /** Where JSON was asked for, a failure is JSON too. */
  private void showFailure(Path request, String why, PrintWriter out) {
    if (json || graph || requests.size() > 1) {
      out.println(
          JSON.createObjectNode()
              .put("status", "error")
              .put("request", request.toString())
              .put("error", why));
    } else {
      spec.commandLine().getErr().println("worker: " + TextLine.escaped(request + ": " + why));
    }
  }

  private void show(PlannedRequest planned, Workflows workflows, PrintWriter out)
      throws IOException, WorkflowException, CommandFailure {
    if (svg != null) {
      try {
        Files.writeString(svg, PlanTimeline.svg(planned.plan));
      } catch (IOException e) {
        throw CommandFailure.usage("--svg " + svg + " cannot be written: " + IoErrors.of(e), e);
      }
      spec.commandLine().getErr().println("The timeline is drawn in " + svg);
    }
    ObjectMapper pretty = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    if (requests.size() > 1) {
      out.println(JSON.writeValueAsString(json(planned)));
    } else if (json) {
      ObjectNode plan = json(planned);
      if (graph) {
        plan.set("graph", graph(planned, workflows));
      }
      out.println(pretty.writeValueAsString(plan));
    } else if (graph) {
      out.println(pretty.writeValueAsString(graph(planned, workflows)));
    } else {
      out.print(PlanText.of(planned.plan));
      List<String> elsewhere = RequestNotes.notFetched(planned.request);
      if (!elsewhere.isEmpty()) {
        out.println(
            "not fetched: " + String.join(", ", elsewhere) + ": shape and content are not known");
      }
    }
  }

  /** The plan, and which images it was made without, if any. */
  private static ObjectNode json(PlannedRequest planned) {
    ObjectNode plan = PlanJson.of(planned.plan);
    List<String> elsewhere = RequestNotes.notFetched(planned.request);
    if (!elsewhere.isEmpty()) {
      elsewhere.forEach(plan.putArray("not_fetched")::add);
    }
    return plan;
  }

  private static PlannedRequest plan(Settings settings, Workflows workflows, RequestFile file)
      throws InvalidRequestException,
          DownloadException,
          WorkflowException,
          CommandFailure,
          InterruptedException {
    JsonNode input = file.input();
    if (SelfTest.asked(input)) {
      throw CommandFailure.usage(
          file.path()
              + " asks for a self-test, which has no plan; answer it by: worker run "
              + file.path(),
          null);
    }
    GenerationRequest asked = workflows.set().parse(input, AcceptedSources.REMOTE_AND_FILES);
    try (TempFolder work = TempFolder.create()) {
      Path folder = work.folder("inputs");
      Downloads downloads =
          new Downloads(Wiring.downloads(settings).withFiles(file.folder()), Clock.SYSTEM);
      GenerationRequest request =
          RequestNotes.added(
                  asked,
                  downloads.fetchLocalImages(asked, folder),
                  workflows.of(asked.mode()),
                  workflows.set().request())
              .withWarnings(file.tooLong().stream().toList());
      double duration =
          request.mode().lipSync()
              ? RequestAudio.seconds(downloads.fetchAudio(request, folder).orElseThrow())
              : request.duration().orElseThrow();
      long seed =
          request.seed().orElseGet(() -> GenerationPlan.drawSeed(ThreadLocalRandom.current()));
      return new PlannedRequest(request, workflows.set().plan(request, duration, seed));
    } catch (IOException e) {
      throw new CommandFailure("no temporary folder: " + e, e);
    }
  }

  /** File names inside a graph are made at run time; these stand for them. */
  private static ObjectNode graph(PlannedRequest planned, Workflows workflows)
      throws WorkflowException {
    List<String> images =
        planned.request.mode().multiframe()
            ? IntStream.rangeClosed(1, planned.request.images().size())
                .mapToObj(i -> "jobs/plan/keyframe-" + i + ".png")
                .toList()
            : List.of("jobs/plan/image.png");
    GraphInputs inputs =
        new GraphInputs(
            planned.request.promptPositive(),
            planned.request.promptNegative(),
            images,
            IntStream.range(0, images.size()).mapToObj(planned.request::fit).toList(),
            planned.request.mode().lipSync() ? "jobs/plan/audio.wav" : null,
            "jobs/plan/");
    return workflows.of(planned.plan.mode()).fill(planned.plan, inputs).nodes();
  }
}
