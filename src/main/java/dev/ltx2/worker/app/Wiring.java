package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.process.ComfyUiProcess;
import dev.ltx2.worker.comfyui.process.Launch;
import dev.ltx2.worker.comfyui.process.MemoryFlags;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.WorkflowCheck;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the rooms together as the settings say, and takes them apart again. */
public final class Wiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

  /** What was opened, the last one first. */
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Folders whose disks jobs fill. */
  private final List<Path> written = new ArrayList<>(List.of(TempFolder.root()));

  @SuppressWarnings("NullAway.Init") // open() sets it
  private VideoJob videoJob;

  @SuppressWarnings("NullAway.Init") // open() sets it
  private ComfyUi comfyUi;

  private Wiring() {}

  /**
   * A worker for one person at a terminal: file paths are inputs too, and without a ComfyUI the
   * rehearsal plays it.
   *
   * @param comfyUi given on the command line; it wins over the settings
   * @param inputs where relative paths of the request start
   */
  public static Wiring forTerminal(
      Settings settings, Optional<URI> comfyUi, Path inputs, VideoStore store)
      throws CommandFailure {
    boolean rehearse = comfyUi.isEmpty() && (!configured(settings) || rehearsalAsked(settings));
    if (rehearse && settings.engine().equals(Optional.of(Settings.Engine.COMFYUI))) {
      throw CommandFailure.usage(
          "ENGINE=comfyui needs a ComfyUI: give --comfyui URL or set COMFYUI_URL or COMFYUI_DIR",
          null);
    }
    Wiring wiring = new Wiring();
    return wiring.open(
        settings,
        () -> rehearse ? wiring.rehearsal() : wiring.engine(settings, comfyUi),
        downloads(settings).withFiles(inputs),
        store,
        rehearse,
        false);
  }

  /**
   * A worker of the platform. The rehearsal plays ComfyUI only where {@code ENGINE} says so: nobody
   * pays for videos of it by accident.
   */
  public static Wiring forPlatform(Settings settings, VideoStore store) throws CommandFailure {
    boolean rehearse = rehearsalAsked(settings);
    if (!rehearse && !configured(settings)) {
      throw CommandFailure.usage(
          "There is no ComfyUI: set COMFYUI_DIR or COMFYUI_URL (or ENGINE=rehearsal to try"
              + " without)",
          null);
    }
    Wiring wiring = new Wiring();
    return wiring.open(
        settings,
        () -> rehearse ? wiring.rehearsal() : wiring.engine(settings, Optional.empty()),
        downloads(settings),
        store,
        rehearse,
        settings.warmUp());
  }

  private interface Engine {
    ComfyUi open() throws CommandFailure;
  }

  private Wiring open(
      Settings settings,
      Engine engine,
      Downloads.Options inputs,
      VideoStore store,
      boolean rehearse,
      boolean warmUp)
      throws CommandFailure {
    try {
      Workflows workflows = workflows(settings);
      comfyUi = engine.open();
      VideoGenerator generator =
          new VideoGenerator(
              name(rehearse), workflows, comfyUi, settings.generationTimeout(), Clock.SYSTEM);
      videoJob =
          new VideoJob(
              new Downloads(inputs, Clock.SYSTEM),
              generator,
              store,
              Clock.SYSTEM,
              RandomGenerator.getDefault());
      if (!rehearse) {
        generator.prepare(workflowCheck(), warmUp);
      }
      return this;
    } catch (CommandFailure | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static String name(boolean rehearse) {
    return rehearse ? "rehearsal" : "comfyui";
  }

  private static boolean configured(Settings settings) {
    return settings.comfyUiUrl().isPresent() || settings.comfyUiDir().isPresent();
  }

  private static boolean rehearsalAsked(Settings settings) {
    return settings.engine().equals(Optional.of(Settings.Engine.REHEARSAL));
  }

  /**
   * The real ComfyUI: one that runs, or one to run; closed with this.
   *
   * @param given wins over the settings
   */
  private ComfyUi engine(Settings settings, Optional<URI> given) throws CommandFailure {
    Optional<URI> url = given.or(settings::comfyUiUrl);
    try {
      ComfyUi engine =
          url.isPresent()
              ? new ComfyUi(url.get(), Optional.empty(), Clock.SYSTEM)
              : ComfyUiProcess.supervise(launch(settings), Clock.SYSTEM);
      opened.push(engine);
      return engine;
    } catch (ComfyUiException e) {
      // Nothing has been started yet: a setting is wrong.
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }

  private Launch launch(Settings settings) throws CommandFailure {
    try {
      TempFolder folder = TempFolder.create();
      opened.push(folder);
      written.add(folder.folder("comfyui").resolve("output"));
      return new Launch(
          settings.comfyUiDir().orElseThrow(),
          settings.comfyUiPython(),
          extraModelPaths(folder.folder("models")) + memory(settings) + settings.comfyUiArgs(),
          settings.comfyUiStartTimeout(),
          folder.folder("comfyui"),
          Env.withoutKeys(System.getenv()));
    } catch (IOException e) {
      throw new CommandFailure("no folder for ComfyUI's files: " + e, e);
    }
  }

  /** Arguments, so that ComfyUI keeps to this container's memory. */
  private static String memory(Settings settings) {
    MemoryFlags flags = memoryFlags(settings, MemoryLimit.here());
    LOG.info("memory: {}", flags.reason());
    return flags.words().stream().map(word -> word + ' ').collect(Collectors.joining());
  }

  public static MemoryFlags memoryFlags(Settings settings, MemoryLimit limit) {
    return MemoryFlags.of(limit, settings.comfyUiDir().orElseThrow(), settings.comfyUiArgs());
  }

  /** An argument, so that ComfyUI looks for models where the worker does. */
  private static String extraModelPaths(Path folder) throws IOException {
    ObjectNode paths = modelFolders(System.getenv()).extraModelPaths();
    if (paths.isEmpty()) {
      return "";
    }
    Path file = folder.resolve("extra_model_paths.yaml");
    Files.writeString(file, paths.toPrettyString());
    return "--extra-model-paths-config '" + file + "' ";
  }

  /** Where models are looked for: also by the ComfyUI that the worker starts. */
  public static ModelFolders modelFolders(Map<String, String> environment) {
    String comfyUi = environment.getOrDefault("COMFYUI_DIR", "");
    return ModelFolders.of(
        Path.of(System.getProperty("worker.volume", "/runpod-volume")),
        Path.of(comfyUi.isBlank() ? "/comfyui" : comfyUi));
  }

  public static WorkflowCheck workflowCheck() {
    return new WorkflowCheck(WorkerHome.modelList());
  }

  private ComfyUi rehearsal() throws CommandFailure {
    try {
      TempFolder folder = TempFolder.create();
      opened.push(folder);
      Rehearsal rehearsal = LtxRehearsal.start(folder.folder("comfyui"));
      opened.push(rehearsal);
      ComfyUi engine =
          new ComfyUi(rehearsal.url(), Optional.of(folder.folder("comfyui")), Clock.SYSTEM);
      opened.push(engine);
      return engine;
    } catch (IOException e) {
      throw new CommandFailure("the rehearsal could not be started: " + e, e);
    }
  }

  /** What the settings say of inputs; paths are not among them. */
  public static Downloads.Options downloads(Settings settings) {
    return Downloads.Options.DEFAULTS
        .withMaxBytes(settings.maxInputBytes())
        .withAllowPrivate(settings.allowPrivateInputs());
  }

  public static Path workflowsDir(Settings settings) {
    return settings.workflowsDir().orElseGet(WorkerHome::workflows);
  }

  public static Workflows workflows(Settings settings) throws CommandFailure {
    try {
      return Workflows.load(workflowsDir(settings));
    } catch (WorkflowException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }

  public VideoJob videoJob() {
    return videoJob;
  }

  /**
   * The folders whose disks jobs fill: temporary files, and the results of a ComfyUI started here.
   */
  public List<Path> written() {
    return List.copyOf(written);
  }

  /** Closes this too, before the rest. */
  public void closing(AutoCloseable further) {
    opened.push(further);
  }

  /** Hears the reason when ComfyUI is not started again. */
  public void onGivenUp(Consumer<String> heard) {
    var _ = comfyUi.gaveUp().thenAccept(heard);
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOG.warn("not closed cleanly", e);
      }
    }
  }
}
