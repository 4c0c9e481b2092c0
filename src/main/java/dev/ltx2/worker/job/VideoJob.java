package dev.ltx2.worker.job;

import dev.ltx2.worker.Time;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.GenerationListener;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.media.VideoFormatException;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.Graph;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one job, from the request to the answer. One instance serves the whole worker; jobs
 * may overlap, only ComfyUI runs one prompt at a time. An interrupt of the calling thread cancels
 * the job.
 */
public final class VideoJob implements JobRunner {
  private static final Logger LOG = LoggerFactory.getLogger(VideoJob.class);
  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

  /** ComfyUI tells its nodes in a second, longer only while a file system is slow. */
  private static final Duration ANSWERING = Duration.ofMinutes(1);

  /** Of a job that has waited all its time for a ComfyUI which does not answer. */
  private static final Duration ONE_TRY = Duration.ofSeconds(1);

  private final Downloads downloads;
  private final Workflows workflows;
  private final ComfyUi comfyUi;
  private final VideoStore store;
  private final Options options;
  private final Time time;
  private final RandomGenerator random;
  private volatile Future<?> prepared = CompletableFuture.completedFuture(null);

  /**
   * What does not change from job to job.
   *
   * @param engine what {@code details.engine} says: comfyui or rehearsal
   * @param generationTimeout {@code GENERATION_TIMEOUT}
   * @param filePaths whether inputs may be paths of this machine (the CLI)
   */
  public record Options(String engine, Duration generationTimeout, boolean filePaths) {}

  /** Wires the rooms of a job. */
  public VideoJob(
      Downloads downloads,
      Workflows workflows,
      ComfyUi comfyUi,
      VideoStore store,
      Options options,
      Time time,
      RandomGenerator random) {
    this.downloads = downloads;
    this.workflows = workflows;
    this.comfyUi = comfyUi;
    this.store = store;
    this.options = options;
    this.time = time;
    this.random = random;
  }

  /**
   * Looks at ComfyUI before the first job is run: tells the log what the workflows miss there and,
   * if asked, loads the models. Returns at once; jobs wait for it before they take the GPU.
   */
  public void prepare(WorkflowCheck check, boolean warmUp) {
    FutureTask<Void> work =
        new FutureTask<>(() -> {
          check
              .check(comfyUi, workflows, least(options.generationTimeout(), ANSWERING))
              .forEach(fault -> LOG.error("{}", fault));
          if (warmUp) {
            new WarmUp(comfyUi, workflows, options.generationTimeout(), time).run();
          }
          return null;
        });
    prepared = work;
    Thread.ofVirtual().name("prepare").start(work);
  }

  private static Duration least(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** How long it was waited for, and what is left of {@code GENERATION_TIMEOUT}. */
  private record Preparation(Duration waited, Duration limit) {}

  /**
   * Waits for it. A ComfyUI that cannot be looked at cannot run the job either, which then says
   * why; and what was waited in vain counts as the job's.
   */
  private Preparation awaitPrepared() throws InterruptedException {
    long start = time.nanos();
    Duration limit = options.generationTimeout();
    try {
      prepared.get();
    } catch (ExecutionException e) {
      LOG.warn("ComfyUI was not prepared: {}", e.getCause().getMessage());
      Duration left = limit.minus(time.since(start));
      limit = left.compareTo(ONE_TRY) < 0 ? ONE_TRY : left;
    }
    return new Preparation(time.since(start), limit);
  }

  /**
   * Runs a job to its end.
   *
   * @return the answer; the caller closes it once it is written
   * @throws JobFailure with the code and the sentence for the client
   * @throws InterruptedException when it was cancelled; nothing of it is left behind
   */
  @Override
  public VideoResult run(Job job, JobListener listener) throws JobFailure, InterruptedException {
    long start = time.nanos();
    try (Workspace work = Workspace.create()) {
      GenerationRequest request = GenerationRequest.parse(job.input(), options.filePaths());
      ProgressMeter meter = new ProgressMeter(time, listener);

      Inputs inputs = downloads.fetch(request, work.folder("inputs"));
      GenerationPlan plan = plan(request, inputs, heard(work));
      listener.planned(plan, inputs);

      JobFiles names = JobFiles.of(job.id(), inputs.withAudio(heard(work)));
      Graph graph = workflows.of(plan.mode()).fill(plan, names.graphInputs(request));
      listener.filled(graph);

      meter.enter(Stage.QUEUE);
      Preparation preparation = awaitPrepared();
      Prompt prompt =
          new Prompt(
              names.id(),
              graph.nodes(),
              names.uploads(),
              List.of(request.promptPositive(), request.promptNegative()),
              preparation.limit());
      Generated generated = withSound(prompt, inputs.audio(), plan, work, meter);
      meter.enter(Stage.MUX);
      String fileName = fileName(plan);
      Path file = work.folder("delivered").resolve(fileName);
      Mp4 film = deliver(plan, generated, file);

      meter.enter(Stage.STORE);
      Stored stored = store.store(job.id(), file, fileName);
      meter.finish();

      Timings timings =
          new Timings(
              meter.spent(Stage.DOWNLOAD),
              preparation.waited().plus(generated.queued()),
              generated.generating(),
              meter.spent(Stage.MUX),
              meter.spent(Stage.STORE),
              time.since(start));
      listener.delivered(file);
      VideoResult result =
          VideoResult.of(
              request,
              plan,
              film,
              stored,
              timings,
              generated.attempts(),
              options.engine(),
              work::delete);
      work.release();
      return result;
    } catch (InvalidRequestException
        | DownloadException
        | MediaException
        | ComfyUiException
        | StorageException
        | WorkflowException
        | IOException
        | RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private GenerationPlan plan(GenerationRequest request, Inputs inputs, Path heard)
      throws InvalidRequestException, IOException, InterruptedException {
    double duration =
        inputs.audio() == null
            ? request.duration().orElseThrow()
            : RequestAudio.decode(inputs.audio(), heard);
    return GenerationPlan.of(
        request, duration, request.seed().orElseGet(() -> GenerationPlan.drawSeed(random)));
  }

  /** What ComfyUI hears of the client's audio. */
  private static Path heard(Workspace work) throws IOException {
    return work.folder("heard").resolve("audio.wav");
  }

  /** Generates; the audio of the result is what the film gets. */
  private Generated withSound(
      Prompt prompt, Path audio, GenerationPlan plan, Workspace work, ProgressMeter meter)
      throws ComfyUiException, MediaException, IOException, InterruptedException {
    Path folder = work.folder("generated");
    if (!plan.mode().lipSync()) {
      return generate(prompt, plan, folder, meter);
    }
    double seconds = (double) plan.deliveredFrames() / plan.fps();
    Path fitted = work.folder("sound").resolve("sound.m4a");
    try (FittedSound sound = new FittedSound(audio, heard(work), seconds, fitted)) {
      Generated made = generate(prompt, plan, folder, meter);
      return new Generated(
          made.video(), sound.file(), made.queued(), made.generating(), made.attempts());
    }
  }

  private Generated generate(Prompt prompt, GenerationPlan plan, Path folder, ProgressMeter meter)
      throws ComfyUiException, InterruptedException {
    GenerationListener listener =
        new GenerationListener() {
          @Override
          public void started() {
            meter.enter(Stage.GENERATE);
          }

          @Override
          public void progress(double fraction, int step, int steps, String node) {
            meter.report(fraction, step, steps);
          }
        };
    try {
      return comfyUi.run(prompt, folder, listener);
    } catch (ComfyUiException e) {
      throw e.kind() == ComfyUiException.Kind.OUT_OF_MEMORY ? withSize(e, plan) : e;
    }
  }

  private static ComfyUiException withSize(ComfyUiException e, GenerationPlan plan) {
    return new ComfyUiException(
        e.kind(),
        "%s; the request needs %dx%d, %d frames: a smaller size or a shorter film may fit"
            .formatted(e.getMessage(), plan.width(), plan.height(), plan.length()),
        e);
  }

  private Mp4 deliver(GenerationPlan plan, Generated generated, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    if (generated.audio() == null) {
      throw new MediaException("ComfyUI made no audio: the workflow has no SaveAudio node");
    }
    Mp4 film = mux(plan, generated, file);
    if (film.width() != plan.width()
        || film.height() != plan.height()
        || Math.abs(film.fps() - plan.fps()) > 0.01) {
      throw new MediaException(
          "ComfyUI made a film of %dx%d at %.2f fps where %dx%d at %d fps was planned"
              .formatted(
                  film.width(),
                  film.height(),
                  film.fps(),
                  plan.width(),
                  plan.height(),
                  plan.fps()));
    }
    return film;
  }

  private Mp4 mux(GenerationPlan plan, Generated generated, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    try {
      return Mp4.deliver(generated.video(), generated.audio(), plan.deliveredFrames(), file);
    } catch (VideoFormatException e) {
      throw Failures.ofFormat(e, workflows.of(plan.mode()).file());
    }
  }

  private String fileName(GenerationPlan plan) {
    return "%s_ltx2_%s_00001-audio.mp4"
        .formatted(
            FILE_TIME.format(time.now()), plan.mode().multiframe() ? "multiframe" : "output");
  }
}
