package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.process.ComfyUiProcess;
import dev.ltx2.worker.comfyui.process.FirstStart;
import dev.ltx2.worker.comfyui.process.GpuProbe;
import dev.ltx2.worker.comfyui.process.Launch;
import dev.ltx2.worker.comfyui.process.MemoryFlags;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.comfyui.process.Prefetch;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ComfyUI that jobs are sent to: one that runs elsewhere, one that the worker starts, or the
 * rehearsal.
 *
 * @param output the folder of its results, where it writes to this machine's disk
 * @param prefetch what reads its model files meanwhile
 */
record OpenComfyUi(ComfyUi client, Optional<Path> output, Optional<Prefetch> prefetch) {
  private static final Logger LOG = LoggerFactory.getLogger(OpenComfyUi.class);

  /** The real one; {@code closer} gets all that has to be closed. */
  static OpenComfyUi real(ComfyUiSettings settings, ModelSet set, Closer closer, StartTimes times)
      throws CommandFailure {
    try {
      return settings.url().isPresent()
          ? running(settings.url().get(), closer)
          : started(settings, set, closer, times);
    } catch (ComfyUiException e) {
      // Nothing has been started yet: a setting is wrong.
      throw CommandFailure.usage(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure("no folder for ComfyUI's files: " + e, e);
    }
  }

  private static OpenComfyUi running(URI url, Closer closer) {
    return new OpenComfyUi(
        closer.register(new ComfyUi(url, Optional.empty(), Clock.SYSTEM)),
        Optional.empty(),
        Optional.empty());
  }

  private static OpenComfyUi started(
      ComfyUiSettings settings, ModelSet set, Closer closer, StartTimes times)
      throws ComfyUiException, IOException {
    TempFolder folder = closer.register(TempFolder.create());
    Path base = folder.folder("comfyui");
    MemoryFlags memory = memoryFlags(settings, MemoryLimit.here());
    LOG.info("Limiting ComfyUI's memory: {}", memory.reason());
    String arguments =
        extraModelPaths(folder.folder("models"))
            + memory.words().stream().map(word -> word + ' ').collect(Collectors.joining())
            + settings.args();
    Launch launch =
        new Launch(
            settings.dir().orElseThrow(),
            settings.python(),
            arguments,
            settings.startTimeout(),
            base,
            Env.withoutKeys(System.getenv()));
    ModelSetFiles files =
        ModelSetFiles.of(set, WorkerHome.modelList(), modelFolders(System.getenv()));
    ComfyUi client =
        closer.register(
            ComfyUiProcess.supervise(
                launch, Clock.SYSTEM, new FirstStart(times, preflight(settings, files.largest()))));
    Optional<Prefetch> prefetch =
        settings.prefetch() && !files.paths().isEmpty()
            ? Optional.of(closer.register(Prefetch.start(files.paths(), Clock.SYSTEM)))
            : Optional.empty();
    return new OpenComfyUi(client, Optional.of(base.resolve("output")), prefetch);
  }

  /** On a processor there is no GPU to look at. */
  private static FirstStart.Preflight preflight(ComfyUiSettings settings, long largestModel) {
    if (settings.args().matches("(?s)(.*\\s)?--cpu(\\s.*)?")) {
      return FirstStart.Preflight.NONE;
    }
    GpuProbe probe = GpuProbe.on(System.getenv().getOrDefault("PATH", ""));
    return new GpuPreflight(probe, settings.python(), largestModel, Clock.SYSTEM);
  }

  static MemoryFlags memoryFlags(ComfyUiSettings settings, MemoryLimit limit) {
    return MemoryFlags.of(limit, settings.dir().orElseThrow(), settings.args());
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

  static ModelFolders modelFolders(Map<String, String> environment) {
    String comfyUi = environment.getOrDefault("COMFYUI_DIR", "");
    return ModelFolders.of(
        Path.of(System.getProperty("worker.volume", "/runpod-volume")),
        Path.of(comfyUi.isBlank() ? "/comfyui" : comfyUi));
  }

  /** A rehearsal of its own; {@code closer} gets all that has to be closed. */
  static OpenComfyUi rehearsal(Closer closer) throws CommandFailure {
    try {
      Path base = closer.register(TempFolder.create()).folder("comfyui");
      Rehearsal rehearsal = closer.register(LtxRehearsal.start(base));
      return new OpenComfyUi(
          closer.register(new ComfyUi(rehearsal.url(), Optional.of(base), Clock.SYSTEM)),
          Optional.empty(),
          Optional.empty());
    } catch (IOException e) {
      throw new CommandFailure("the rehearsal could not be started: " + e, e);
    }
  }
}
