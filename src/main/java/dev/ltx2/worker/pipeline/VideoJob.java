package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
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
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.Graph;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
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

  private final Downloads downloads;
  private final VideoGenerator generator;
  private final VideoStore store;
  private final Clock time;
  private final RandomGenerator random;

  /** Wires the rooms of a job; {@code random} draws the seeds that requests leave open. */
  public VideoJob(
      Downloads downloads,
      VideoGenerator generator,
      VideoStore store,
      Clock time,
      RandomGenerator random) {
    this.downloads = downloads;
    this.generator = generator;
    this.store = store;
    this.time = time;
    this.random = random;
  }

  /** Goes the way of a job once, on a thread of its own, so that the first job finds it smooth. */
  public void exercise() {
    Thread.ofPlatform()
        .daemon()
        .name("exercise")
        .start(() -> new Exercise(downloads, generator, time).run());
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
      VideoResult result =
          make(job, new Context(work, new ProgressMeter(time, listener), trace, time.nanos()));
      work.release();
      return result;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw Failures.of(e);
    }
  }

  /** What the steps of one job share: its files, its progress, who is shown what it is made of. */
  private record Context(TempFolder work, ProgressMeter meter, JobTrace trace, long start) {
    /** What ComfyUI hears of the client's own audio. */
    Path heard() throws IOException {
      return work.folder("heard").resolve("audio.wav");
    }
  }

  /** What is known of a job before ComfyUI has to do anything for it. */
  private record PlannedJob(
      GenerationRequest request,
      Target target,
      Inputs inputs,
      GenerationPlan plan,
      JobFiles files,
      Graph graph) {
    Prompt prompt(Duration limit) {
      List<String> texts = List.of(request.promptPositive(), request.promptNegative());
      return new Prompt(files.id(), graph.nodes(), files.uploads(), texts, limit);
    }
  }

  /** The steps of a job, from top to bottom; {@link Failures} knows what each of them throws. */
  private VideoResult make(Job job, Context context) throws Exception {
    TempFolder work = context.work;
    ProgressMeter meter = context.meter;
    PlannedJob planned = plan(job, context);
    GenerationPlan plan = planned.plan;

    meter.enter(Stage.QUEUE);
    VideoGenerator.Preparation preparation = generator.awaitPrepared();
    Prompt prompt = planned.prompt(preparation.limit());
    Generated generated = generate(prompt, planned.inputs.audio(), plan, context);

    meter.enter(Stage.MUX);
    Path file = work.folder("delivered").resolve(fileName(plan));
    Mp4 video = deliver(plan, generated, file);

    meter.enter(Stage.STORE);
    BiFunction<Stored, Runnable, VideoResult> answer =
        (stored, files) ->
            VideoResult.of(
                planned.request,
                plan,
                new VideoResult.DeliveredVideo(video, stored),
                making(context, preparation, generated),
                files);
    Stored stored =
        store.store(
            job.id(),
            file,
            file.getFileName().toString(),
            planned.target,
            (to, proof) -> meter.promise(new Promise(answer.apply(to, () -> {}), proof)));
    meter.finish();
    context.trace.delivered(plan, planned.inputs, file);
    VideoResult result = answer.apply(stored, work::delete);
    generator.startOfFirst().ifPresent(times -> tell(times, time.since(context.start), result));
    return result;
  }

  /** All that can fail before the GPU is paid for it. */
  private PlannedJob plan(Job job, Context context) throws Exception {
    GenerationRequest request = generator.modelSet().parse(job.input(), downloads.accepted());
    Target target = OutputTargets.of(request.output(), store);
    Inputs inputs = downloads.fetch(request, context.work.folder("inputs"));
    GenerationPlan plan = plan(generator.noted(request, inputs), inputs, context.heard());
    context.trace.planned(plan);

    JobFiles files = JobFiles.of(job.id(), inputs.withAudio(heard(request, plan, context)));
    Graph graph = generator.graph(plan, files.graphInputs(request));
    context.trace.filled(graph);
    return new PlannedJob(request, target, inputs, plan, files, graph);
  }

  private VideoResult.Making making(
      Context context, VideoGenerator.Preparation preparation, Generated generated) {
    Duration total = time.since(context.start);
    return new VideoResult.Making(
        generator.engine(),
        generated.attempts(),
        Timings.of(context.meter, preparation.waited(), generated, total));
  }

  private static void tell(StartTimes times, Duration firstJob, VideoResult result) {
    times.took(StartTimes.StartPhase.FIRST_JOB, firstJob);
    LOG.info("Started: {}", times);
    result.add(times);
  }

  private GenerationPlan plan(GenerationRequest request, Inputs inputs, Path heard)
      throws InvalidRequestException, IOException, InterruptedException {
    double duration =
        inputs.audio().isPresent()
            ? RequestAudio.decode(inputs.audio().get(), heard)
            : request.duration().orElseThrow();
    return generator
        .modelSet()
        .plan(request, duration, request.seed().orElseGet(() -> GenerationPlan.drawSeed(random)));
  }

  /** What ComfyUI gets of the client's speech: its decode, with noise if that is asked for. */
  private static Path heard(GenerationRequest request, GenerationPlan plan, Context context)
      throws IOException {
    if (request.audio().isEmpty() || request.speechNoise() == 0) {
      return context.heard();
    }
    Path noisy = context.work.folder("noisy").resolve("audio.wav");
    SpeechNoise.add(context.heard(), request.speechNoise(), plan.seed(), noisy);
    return noisy;
  }

  /** Where the client sends its own audio, that is what the video gets, encoded meanwhile. */
  private Generated generate(
      Prompt prompt, Optional<Path> audio, GenerationPlan plan, Context context)
      throws ComfyUiException, MediaException, IOException, InterruptedException {
    Path folder = context.work.folder("generated");
    if (audio.isEmpty()) {
      return generator.generate(prompt, plan, folder, context.meter);
    }
    double seconds = (double) plan.deliveredFrames() / plan.fps();
    Path fitted = context.work.folder("audio").resolve("audio.m4a");
    try (AudioEncoding encoding =
        new AudioEncoding(audio.get(), context.heard(), seconds, fitted)) {
      return generator.generate(prompt, plan, folder, context.meter).withAudio(encoding.file());
    }
  }

  private Mp4 deliver(GenerationPlan plan, Generated generated, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    Path audio =
        generated
            .audio()
            .orElseThrow(() ->
                new ComfyUiException(
                    ComfyUiException.Kind.FAILED,
                    "ComfyUI made no audio: the workflow %s has no node that saves it as .flac"
                        .formatted(generator.workflow(plan))));
    Mp4 video = mux(plan, generated.video(), audio, file);
    if (video.width() != plan.width()
        || video.height() != plan.height()
        || Math.abs(video.fps() - plan.fps()) > 0.01) {
      throw new ComfyUiException(
          ComfyUiException.Kind.FAILED,
          ("ComfyUI made a video of %dx%d at %.2f fps where %dx%d at %d fps was planned: the"
                  + " workflow %s must make it so")
              .formatted(
                  video.width(),
                  video.height(),
                  video.fps(),
                  plan.width(),
                  plan.height(),
                  plan.fps(),
                  generator.workflow(plan)));
    }
    return video;
  }

  private Mp4 mux(GenerationPlan plan, Path video, Path audio, Path file)
      throws MediaException, ComfyUiException, InterruptedException {
    try {
      return Mp4.deliver(video, audio, plan.deliveredFrames(), file);
    } catch (VideoFormatException e) {
      throw Failures.ofFormat(e, generator.workflow(plan));
    }
  }

  private String fileName(GenerationPlan plan) {
    return "%s_ltx2_%s_00001-audio.mp4"
        .formatted(
            FILE_TIME.format(time.now()), plan.mode().multiframe() ? "multiframe" : "output");
  }
}
