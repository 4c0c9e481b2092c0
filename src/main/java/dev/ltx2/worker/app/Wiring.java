package dev.ltx2.worker.app;

import dev.ltx2.worker.app.Settings.Engine;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.process.MemoryFlags;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.WorkflowCheck;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.WorkflowException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rooms put together as the settings say; closing it takes them apart again.
 *
 * @param written folders whose disks jobs fill: temporary files, and the results of a ComfyUI
 *     started here
 * @param start what the start took, so far
 * @param closer closes all that is open, and what else is registered with it
 */
public record Wiring(
    Engine engine,
    VideoJob videoJob,
    ComfyUi comfyUi,
    List<Path> written,
    StartTimes start,
    Closer closer)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

  /**
   * A worker for one person at a terminal: inputs may be file paths, and without a ComfyUI the
   * rehearsal takes its place.
   *
   * @param given the ComfyUI of the command line; it wins over the settings
   * @param inputs where relative paths of the request start
   */
  public static Wiring forTerminal(
      Settings settings, Optional<URI> given, Path inputs, VideoStore store) throws CommandFailure {
    ComfyUiSettings comfyUi = given.map(settings.comfyUi()::at).orElse(settings.comfyUi());
    Engine usual = comfyUi.given() ? Engine.COMFYUI : Engine.REHEARSAL;
    Engine engine = given.isPresent() ? usual : settings.engine().orElse(usual);
    require(
        engine,
        comfyUi,
        "ENGINE=comfyui needs a ComfyUI: give --comfyui URL or set COMFYUI_URL or COMFYUI_DIR");
    return open(
        engine,
        comfyUi,
        JobParts.of(settings, downloads(settings).withFiles(inputs), store),
        false,
        Optional.empty());
  }

  /**
   * A worker of the platform. The rehearsal runs only where {@code ENGINE} asks for it, so that
   * nobody pays for its videos by accident.
   */
  public static Wiring forPlatform(Settings settings, VideoStore store, StartTimes start)
      throws CommandFailure {
    Engine engine = settings.engine().orElse(Engine.COMFYUI);
    require(
        engine,
        settings.comfyUi(),
        "There is no ComfyUI: set COMFYUI_DIR or COMFYUI_URL (or ENGINE=rehearsal to try without)");
    return open(
        engine,
        settings.comfyUi(),
        JobParts.of(settings, downloads(settings), store),
        settings.warmUp(),
        Optional.of(start));
  }

  /**
   * A worker for the local API: as for a terminal, but inputs are addresses only, and those of its
   * own files are read from disk.
   */
  static Wiring forLocalApi(
      Settings settings, Function<String, Optional<Path>> own, VideoStore store)
      throws CommandFailure {
    Engine usual = settings.comfyUi().given() ? Engine.COMFYUI : Engine.REHEARSAL;
    Engine engine = settings.engine().orElse(usual);
    require(
        engine,
        settings.comfyUi(),
        "ENGINE=comfyui needs a ComfyUI: set COMFYUI_URL or COMFYUI_DIR");
    return open(
        engine,
        settings.comfyUi(),
        JobParts.of(settings, downloads(settings).withOwn(own), store),
        settings.warmUp(),
        Optional.empty());
  }

  /** What jobs are made with, besides ComfyUI. */
  private record JobParts(
      Downloads.Options inputs, Workflows workflows, VideoStore store, Duration timeout) {
    static JobParts of(Settings settings, Downloads.Options inputs, VideoStore store)
        throws CommandFailure {
      return new JobParts(inputs, Wiring.workflows(settings), store, settings.generationTimeout());
    }
  }

  private static void require(Engine engine, ComfyUiSettings comfyUi, String otherwise)
      throws CommandFailure {
    if (engine == Engine.COMFYUI && !comfyUi.given()) {
      throw CommandFailure.usage(otherwise, null);
    }
  }

  private static Wiring open(
      Engine engine,
      ComfyUiSettings settings,
      JobParts parts,
      boolean warmUp,
      Optional<StartTimes> told)
      throws CommandFailure {
    warnOfPrivateInputs(parts.inputs);
    Closer closer = new Closer();
    StartTimes start = told.orElseGet(StartTimes::ofProcess);
    told.ifPresent(StartFile::keep);
    try {
      OpenComfyUi comfyUi =
          engine == Engine.REHEARSAL
              ? OpenComfyUi.rehearsal(closer)
              : OpenComfyUi.real(settings, parts.workflows.set(), closer, start);
      VideoGenerator generator =
          new VideoGenerator(
              engine.label(), parts.workflows, comfyUi.client(), parts.timeout, Clock.SYSTEM);
      told.ifPresent(generator::tellStart);
      comfyUi
          .prefetch()
          .ifPresent(prefetch -> generator.onLoaded(() -> prefetch.stop("the models are loaded")));
      VideoJob videoJob =
          new VideoJob(
              new Downloads(parts.inputs, Clock.SYSTEM),
              generator,
              parts.store,
              Clock.SYSTEM,
              RandomGenerator.getDefault());
      if (engine == Engine.COMFYUI) {
        generator.prepare(workflowCheck(), warmUp);
      }
      List<Path> written =
          Stream.concat(Stream.of(TempFolder.root()), comfyUi.output().stream()).toList();
      return new Wiring(engine, videoJob, comfyUi.client(), written, start, closer);
    } catch (CommandFailure | RuntimeException e) {
      closer.close();
      throw e;
    }
  }

  private static void warnOfPrivateInputs(Downloads.Options inputs) {
    if (inputs.allowPrivate()) {
      LOG.warn(
          "ALLOW_PRIVATE_INPUTS is on: requests may read from this machine's own network. Only for"
              + " requests you trust");
    }
  }

  /** Arguments, so that a ComfyUI that is started here keeps to {@code limit}. */
  public static MemoryFlags memoryFlags(Settings settings, MemoryLimit limit) {
    return OpenComfyUi.memoryFlags(settings.comfyUi(), limit);
  }

  /** Where models are looked for: also by the ComfyUI that the worker starts. */
  public static ModelFolders modelFolders(Map<String, String> environment) {
    return OpenComfyUi.modelFolders(environment);
  }

  public static WorkflowCheck workflowCheck() {
    return new WorkflowCheck(WorkerHome.modelList());
  }

  /** What the settings say of inputs; paths are not among them. */
  public static Downloads.Options downloads(Settings settings) {
    return Downloads.Options.DEFAULTS
        .withMaxBytes(settings.maxInputBytes())
        .withAllowPrivate(settings.allowPrivateInputs());
  }

  /** The folder of the model set that the settings choose. */
  public static Path modelSetFolder(Settings settings) throws CommandFailure {
    Optional<Path> own = settings.workflowsDir();
    Path folder = own.orElseGet(() -> WorkerHome.modelSets().resolve(settings.modelSet()));
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.usage(
          own.isPresent()
              ? "WORKFLOWS_DIR=%s: there is no such folder".formatted(folder)
              : "MODEL_SET=%s: there is no folder %s (there are: %s)"
                  .formatted(
                      settings.modelSet(), folder, String.join(", ", WorkerHome.modelSetNames())),
          null);
    }
    return folder;
  }

  /** The model set that the settings choose, with its graphs. */
  public static Workflows modelSet(Settings settings) throws WorkflowException, CommandFailure {
    Path folder = modelSetFolder(settings);
    return settings.workflowsDir().isPresent()
        ? Workflows.load(folder, WorkerHome.modelSets().resolve(Settings.DEFAULT_SET))
        : Workflows.load(folder);
  }

  /** The same for a worker that is to run: what is wrong ends it, what is odd is logged. */
  public static Workflows workflows(Settings settings) throws CommandFailure {
    try {
      Workflows workflows = modelSet(settings);
      workflows.warnings().forEach(warning -> LOG.warn("Using graphs of one's own: {}", warning));
      return workflows;
    } catch (WorkflowException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }

  /** Calls back with the reason when ComfyUI is given up. */
  public void onGivenUp(Consumer<String> heard) {
    var _ = comfyUi.gaveUp().thenAccept(heard);
  }

  @Override
  public void close() {
    closer.close();
  }
}
