package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.GenerationListener;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.media.VideoFormatException;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.Graph;
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
import java.util.function.BiFunction;
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
  private final Clock time;
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
      Clock time,
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
      LOG.warn("ComfyUI was not prepared: {}", String.valueOf(e.getCause()));
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
  public VideoResult run(Job job, ProgressListener listener)
      throws JobFailure, InterruptedException {
    return run(job, listener, JobTrace.NONE);
  }

  /** The same, for somebody who keeps what the job is made of. */
  public VideoResult run(Job job, ProgressListener listener, JobTrace trace)
      throws JobFailure, InterruptedException {
    try (TempFolder work = TempFolder.create()) {
      VideoResult result = make(job, new ProgressMeter(time, listener), trace, work);
      work.release();
      return result;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw Failures.of(e);
    }
  }

  /** The design's image, from top to bottom; {@link Failures} knows what each step throws. */
  private VideoResult make(Job job, ProgressMeter meter, JobTrace trace, TempFolder work)
      throws Exception {
    long start = time.nanos();
    GenerationRequest request = GenerationRequest.parse(job.input(), options.filePaths());
    Inputs inputs = downloads.fetch(request, work.folder("inputs"));
    Path heard = work.folder("heard").resolve("audio.wav");
    GenerationPlan plan = plan(request, inputs, heard);
    trace.planned(plan);

    JobFiles names = JobFiles.of(job.id(), inputs.withAudio(heard));
    Graph graph = workflows.of(plan.mode()).fill(plan, names.graphInputs(request));
    trace.filled(graph);

    meter.enter(Stage.QUEUE);
    Preparation preparation = awaitPrepared();
    Prompt prompt =
        new Prompt(
            names.id(),
            graph.nodes(),
            names.uploads(),
            List.of(request.promptPositive(), request.promptNegative()),
            preparation.limit());
    Generated generated =
        inputs.audio().isPresent()
            ? generateWithAudio(prompt, inputs.audio().get(), heard, plan, work, meter)
            : generate(prompt, plan, work, meter);

    meter.enter(Stage.MUX);
    String fileName = fileName(plan);
    Path file = work.folder("delivered").resolve(fileName);
    Mp4 video = deliver(plan, generated, file);

    meter.enter(Stage.STORE);
    BiFunction<Stored, Runnable, VideoResult> answer =
        (stored, files) ->
            VideoResult.of(
                request,
                plan,
                video,
                stored,
                Timings.of(meter, preparation.waited(), generated, time.since(start)),
                generated.attempts(),
                options.engine(),
                files);
    Stored stored =
        store.store(
            job.id(),
            file,
            fileName,
            (to, proof) -> meter.promise(new Promise(answer.apply(to, () -> {}), proof)));
    meter.finish();
    trace.delivered(plan, inputs, file);
    return answer.apply(stored, work::delete);
  }

  private GenerationPlan plan(GenerationRequest request, Inputs inputs, Path heard)
      throws InvalidRequestException, IOException, InterruptedException {
    double duration =
        inputs.audio().isPresent()
            ? RequestAudio.decode(inputs.audio().get(), heard)
            : request.duration().orElseThrow();
    return GenerationPlan.of(
        request, duration, request.seed().orElseGet(() -> GenerationPlan.drawSeed(random)));
  }

  /**
   * Generates with the client's own audio, which is what the video gets, encoded meanwhile.
   *
   * @param audio as the client sent it
   * @param heard what ComfyUI hears of it
   */
  private Generated generateWithAudio(
      Prompt prompt,
      Path audio,
      Path heard,
      GenerationPlan plan,
      TempFolder work,
      ProgressMeter meter)
      throws ComfyUiException, MediaException, IOException, InterruptedException {
    double seconds = (double) plan.deliveredFrames() / plan.fps();
    Path fitted = work.folder("audio").resolve("audio.m4a");
    try (AudioEncoding encoding = new AudioEncoding(audio, heard, seconds, fitted)) {
      return generate(prompt, plan, work, meter).withAudio(encoding.file());
    }
  }

  private Generated generate(
      Prompt prompt, GenerationPlan plan, TempFolder work, ProgressMeter meter)
      throws ComfyUiException, IOException, InterruptedException {
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
      return comfyUi.run(prompt, work.folder("generated"), listener);
    } catch (ComfyUiException e) {
      throw e.kind() == ComfyUiException.Kind.OUT_OF_MEMORY ? withSize(e, plan) : e;
    }
  }

  private static ComfyUiException withSize(ComfyUiException e, GenerationPlan plan) {
    return new ComfyUiException(
        e.kind(),
        "%s; the request needs %dx%d, %d frames: a smaller size or a shorter video may fit"
            .formatted(e.getMessage(), plan.width(), plan.height(), plan.length()),
        e);
  }

  private Mp4 deliver(GenerationPlan plan, Generated generated, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    Path audio =
        generated
            .audio()
            .orElseThrow(() ->
                new MediaException(
                    "ComfyUI made no audio: the workflow has no SaveAudio node", null));
    Mp4 video = mux(plan, generated.video(), audio, file);
    if (video.width() != plan.width()
        || video.height() != plan.height()
        || Math.abs(video.fps() - plan.fps()) > 0.01) {
      throw new MediaException(
          "ComfyUI made a video of %dx%d at %.2f fps where %dx%d at %d fps was planned"
              .formatted(
                  video.width(),
                  video.height(),
                  video.fps(),
                  plan.width(),
                  plan.height(),
                  plan.fps()));
    }
    return video;
  }

  private Mp4 mux(GenerationPlan plan, Path video, Path audio, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    try {
      return Mp4.deliver(video, audio, plan.deliveredFrames(), file);
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
