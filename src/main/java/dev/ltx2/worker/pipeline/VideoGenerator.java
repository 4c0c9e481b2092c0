package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.GenerationListener;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.common.StartTimes.StartPhase;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.workflow.Graph;
import dev.ltx2.worker.workflow.GraphInputs;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ComfyUI and the workflows it runs: everything between a plan and the generated files. */
public final class VideoGenerator {
  private static final Logger LOG = LoggerFactory.getLogger(VideoGenerator.class);

  /** ComfyUI lists its nodes in a second; it takes longer only while a file system is slow. */
  private static final Duration ANSWERING = Duration.ofMinutes(1);

  /** Of a job that has waited all its time for a ComfyUI which does not answer. */
  private static final Duration ONE_TRY = Duration.ofSeconds(1);

  private final String engine;
  private final Workflows workflows;
  private final ComfyUi comfyUi;
  private final Duration timeout;
  private final Clock time;
  private volatile Optional<StartTimes> start = Optional.empty();
  private volatile Runnable onLoaded = () -> {};
  private volatile Future<?> prepared = CompletableFuture.completedFuture(null);

  /**
   * Looks at nothing yet.
   *
   * @param engine what {@code details.engine} says: comfyui or rehearsal
   * @param timeout {@code GENERATION_TIMEOUT}
   */
  public VideoGenerator(
      String engine, Workflows workflows, ComfyUi comfyUi, Duration timeout, Clock time) {
    this.engine = engine;
    this.workflows = workflows;
    this.comfyUi = comfyUi;
    this.timeout = timeout;
    this.time = time;
  }

  /** Which models its graphs are made for. */
  ModelSet modelSet() {
    return workflows.set();
  }

  /** What to do when all models have been loaded once. */
  public void onLoaded(Runnable action) {
    onLoaded = action;
  }

  /** What gets the times of the preparation, and goes with the first job's answer. */
  public void tellStart(StartTimes times) {
    start = Optional.of(times);
  }

  /** The start's record, for the job that asks first. */
  Optional<StartTimes> startOfFirst() {
    return start.filter(StartTimes::tell);
  }

  String engine() {
    return engine;
  }

  /**
   * Looks at ComfyUI before the first job is run: logs what the workflows need and ComfyUI lacks
   * and, if asked, loads the models. Returns at once; jobs wait for it before they take the GPU.
   */
  public void prepare(WorkflowCheck check, boolean warmUp) {
    FutureTask<Void> work =
        new FutureTask<>(() -> {
          Duration answering = timeout.compareTo(ANSWERING) < 0 ? timeout : ANSWERING;
          long begin = time.nanos();
          check.check(comfyUi, workflows, answering).forEach(fault -> LOG.error("{}", fault));
          took(StartPhase.WORKFLOW_CHECK, begin);
          if (warmUp) {
            begin = time.nanos();
            new WarmUp(comfyUi, workflows, timeout, time, start).run();
            took(StartPhase.WARM_UP, begin);
            onLoaded.run();
          }
          start.ifPresent(times -> times.reached(StartPhase.READY));
          return null;
        });
    prepared = work;
    Thread.ofVirtual().name("prepare").start(work);
  }

  private void took(StartPhase phase, long begin) {
    start.ifPresent(times -> times.took(phase, time.since(begin)));
  }

  /** How long it was waited for, and what is left of {@code GENERATION_TIMEOUT}. */
  record Preparation(Duration waited, Duration limit) {}

  /**
   * Waits for it. A ComfyUI that cannot be looked at cannot run the job either, which then says
   * why; and what was waited in vain counts as the job's.
   */
  Preparation awaitPrepared() throws InterruptedException {
    long start = time.nanos();
    Duration limit = timeout;
    try {
      prepared.get();
    } catch (ExecutionException e) {
      LOG.warn("Cannot prepare ComfyUI: {}", ExplainedException.words(e.getCause()));
      Duration left = limit.minus(time.since(start));
      limit = left.compareTo(ONE_TRY) < 0 ? ONE_TRY : left;
    }
    return new Preparation(time.since(start), limit);
  }

  /** The request with a word on what its images and its workflow make of it. */
  GenerationRequest noted(GenerationRequest request, Inputs inputs) throws IOException {
    return RequestNotes.added(
        request,
        inputs.images().stream().map(Optional::of).toList(),
        workflows.of(request.mode()),
        workflows.set().request());
  }

  /** The plan's graph, to be run with these inputs. */
  Graph graph(GenerationPlan plan, GraphInputs inputs) throws WorkflowException {
    return workflows.of(plan.mode()).fill(plan, inputs);
  }

  /** The file of the plan's workflow, to name it in errors. */
  String workflow(GenerationPlan plan) {
    return workflows.of(plan.mode()).file();
  }

  /** Runs a prompt; its files come into {@code folder}. */
  Generated generate(Prompt prompt, GenerationPlan plan, Path folder, ProgressMeter meter)
      throws ComfyUiException, IOException, InterruptedException {
    GenerationListener listener =
        new GenerationListener() {
          @Override
          public void started() {
            meter.enter(Stage.GENERATE);
          }

          @Override
          public void left(Duration left) {
            meter.left(left);
          }

          @Override
          public void progress(double fraction, int step, int steps, String node) {
            meter.report(fraction, step, steps);
          }
        };
    try {
      Generated generated = comfyUi.run(prompt, folder, listener);
      onLoaded.run();
      return generated;
    } catch (ComfyUiException e) {
      throw e.kind() == ComfyUiException.Kind.OUT_OF_MEMORY ? withSize(e, plan) : e;
    }
  }

  private static ComfyUiException withSize(ComfyUiException e, GenerationPlan plan) {
    return new ComfyUiException(
        e.kind(),
        "%s; the request needs %dx%d, %d frames: a smaller size or a shorter video may fit"
            .formatted(
                e.getMessage(), plan.sampling().width(), plan.sampling().height(), plan.length()),
        e);
  }
}
