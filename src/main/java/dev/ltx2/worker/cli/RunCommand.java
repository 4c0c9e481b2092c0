package dev.ltx2.worker.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.logging.TextLine;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.pipeline.Failures;
import dev.ltx2.worker.pipeline.JobTrace;
import dev.ltx2.worker.pipeline.VideoResult;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.report.ContactSheet;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.VideoStores;
import dev.ltx2.worker.workflow.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code worker run}: one job, its answer on stdout, its video and drawings in a folder. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one request and prints the API's answer as JSON.",
      "{\"self_test\": true} is answered with what the doctor finds."
    })
final class RunCommand implements Callable<Integer> {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Parameters(
      paramLabel = "REQUEST.json",
      description = "The job's input, bare or in {\"input\":…}.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path request;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the video, contact sheet, plan and graph go (default: output/<name>).")
  private @Nullable Path out;

  @Option(
      names = "--comfyui",
      paramLabel = "URL",
      description = "A running ComfyUI (default: COMFYUI_URL or COMFYUI_DIR, else the rehearsal).")
  private @Nullable URI comfyUi;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    FileArgument.check(spec, request);
    Settings settings = Settings.from(System.getenv());
    Logging.text(
        settings.logLevel() == LogLevel.INFO ? LogLevel.WARN : settings.logLevel(), System.err);
    RequestFile file = new RequestFile(request);
    Job job;
    try {
      job = new Job(file.stem(), file.input());
    } catch (InvalidRequestException e) {
      return failed(Failures.invalid(e));
    }
    if (SelfTest.asked(job.input())) {
      return selfTest();
    }
    try (CancelOnSignal _ = new CancelOnSignal();
        OutputFolder folder =
            OutputFolder.open(
                out == null ? settings.storage().outputDir().resolve(file.stem()) : out);
        Wiring wiring =
            Wiring.forTerminal(
                settings,
                Optional.ofNullable(comfyUi),
                file.folder(),
                VideoStores.keptIn(folder.path(), settings.storage(), Clock.SYSTEM));
        VideoResult result = run(wiring, job, folder)) {
      return answer(result::writeTo) ? 0 : 1;
    } catch (JobFailure failure) {
      return failed(failure);
    } catch (InterruptedException e) {
      return 1;
    }
  }

  /** What is told beside the answer comes behind the progress bar, which would draw over it. */
  private static VideoResult run(Wiring wiring, Job job, OutputFolder folder)
      throws JobFailure, InterruptedException {
    TraceFiles traceFiles = new TraceFiles(folder, new ArrayList<>(), new ArrayList<>());
    try (ProgressLine progress = new ProgressLine()) {
      return wiring.videoJob().run(job, progress::show, traceFiles);
    } finally {
      traceFiles.warnings.forEach(text -> System.err.println("warning: " + TextLine.escaped(text)));
      traceFiles.drawn.forEach(sheet -> System.err.println("contact sheet: " + sheet));
    }
  }

  /** The doctor's report, as the platform's test of an image gets it. */
  private static int selfTest() throws IOException, JobFailure, InterruptedException {
    JobRunner none =
        (_, _) -> {
          throw new IllegalStateException("asked for a job");
        };
    Job job = new Job("self-test", JSON.createObjectNode().put("self_test", true));
    try (Answer answer = new SelfTest(none, System.getenv()).run(job, _ -> {})) {
      return answer(answer::writeTo) ? 0 : 1;
    }
  }

  /** The stack trace of our own faults goes to stderr, never into the answer. */
  private static int failed(JobFailure failure) throws IOException {
    if (failure.code() == ErrorCode.INTERNAL_ERROR) {
      failure.printStackTrace();
    }
    answer(failure::writeTo);
    return 1;
  }

  private interface JsonContent {
    void writeTo(JsonGenerator out) throws IOException;
  }

  /** Whether it was written: a full disk behind stdout must not look like success. */
  private static boolean answer(JsonContent content) throws IOException {
    JsonGenerator generator = JSON.createGenerator(System.out).useDefaultPrettyPrinter();
    content.writeTo(generator);
    generator.flush();
    System.out.println();
    return !System.out.checkError();
  }

  /** Writes plan, graph and contact sheet beside the video. */
  private record TraceFiles(OutputFolder folder, List<String> warnings, List<Path> drawn)
      implements JobTrace {
    @Override
    public void planned(GenerationPlan plan) {
      warnings.addAll(plan.warnings());
      write("plan.json", PlanJson.of(plan));
    }

    @Override
    public void filled(Graph graph) {
      write("graph.json", graph.nodes());
    }

    @Override
    public void delivered(GenerationPlan plan, Inputs inputs, Path mp4) {
      try {
        Path sheet = folder.path().resolve("contact-sheet.png");
        ContactSheet.write(plan, inputs.images(), mp4, sheet);
        drawn.add(sheet);
      } catch (IOException | MediaException e) {
        // The video is good: a missing contact sheet must not fail the job.
        System.err.println("worker: no contact sheet: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void write(String name, Object json) {
      try {
        folder.write(name, JSON.writeValueAsBytes(json));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
