package dev.ltx2.worker.app;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.ltx2.worker.Time;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobListener;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.VideoResult;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.VideoStores;
import dev.ltx2.worker.workflow.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code worker run}: one job, its answer on stdout, its film and drawings in a folder. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs one request and prints the API's answer as JSON.")
final class RunCommand implements Callable<Integer> {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Parameters(
      paramLabel = "REQUEST.json",
      description = "The job's input, bare or in {\"input\":…}.")
  private Path request;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the film, contact sheet, plan and graph go (default: output/<name>).")
  private Path out;

  @Option(
      names = "--comfyui",
      paramLabel = "URL",
      description = "A running ComfyUI (default: COMFYUI_URL or COMFYUI_DIR, else the rehearsal).")
  private URI comfyUi;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    FileArgument.check(spec, request);
    Settings settings = Settings.from(System.getenv());
    Logging.text(
        settings.logLevel() == Settings.LogLevel.INFO
            ? Settings.LogLevel.WARN
            : settings.logLevel(),
        System.err);
    RequestFile file = new RequestFile(request);
    Job job;
    try {
      job = new Job(file.stem(), file.input());
    } catch (InvalidRequestException e) {
      return failed(new JobFailure(ErrorCode.INVALID_INPUT, e.getMessage(), false, e));
    }
    try (OnSignal _ = new OnSignal();
        OutputFolder folder =
            OutputFolder.open(
                out == null ? settings.storage().outputDir().resolve(file.stem()) : out);
        Wiring wiring =
            Wiring.forTerminal(
                settings,
                Optional.ofNullable(comfyUi),
                file.folder(),
                VideoStores.keptIn(folder.path(), settings.storage(), Time.SYSTEM));
        VideoResult result = run(wiring, job, folder)) {
      return answer(result::writeTo) ? 0 : 1;
    } catch (JobFailure failure) {
      return failed(failure);
    } catch (InterruptedException e) {
      return 1;
    }
  }

  private static VideoResult run(Wiring wiring, Job job, OutputFolder folder)
      throws JobFailure, InterruptedException {
    try (ProgressLine progress = new ProgressLine()) {
      return wiring.videoJob().run(job, new Keeper(folder, progress));
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

  private interface Answer {
    void writeTo(JsonGenerator out) throws IOException;
  }

  /** Whether it was written: a full disk behind stdout must not look like success. */
  private static boolean answer(Answer answer) throws IOException {
    JsonGenerator generator = JSON.createGenerator(System.out).useDefaultPrettyPrinter();
    answer.writeTo(generator);
    generator.flush();
    System.out.println();
    return !System.out.checkError();
  }

  /** Keeps beside the film what explains it. */
  private static final class Keeper implements JobListener {
    private final OutputFolder folder;
    private final ProgressLine line;
    private GenerationPlan plan;
    private Inputs inputs;

    Keeper(OutputFolder folder, ProgressLine line) {
      this.folder = folder;
      this.line = line;
    }

    @Override
    public void progress(Progress progress) {
      line.show(progress);
    }

    @Override
    public void planned(GenerationPlan planned, Inputs given) {
      plan = planned;
      inputs = given;
      write("plan.json", PlanJson.of(planned));
    }

    @Override
    public void filled(Graph graph) {
      write("graph.json", graph.nodes());
    }

    @Override
    public void delivered(Path mp4) {
      try {
        ContactSheet.write(plan, inputs.images(), mp4, folder.path().resolve("contact-sheet.png"));
      } catch (IOException | MediaException e) {
        // The film is good; a drawing of it must not make it a failure.
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
