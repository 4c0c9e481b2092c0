package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Settings.Engine;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.app.WorkerHome;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.models.Hub;
import dev.ltx2.worker.models.ModelFile;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelSupply;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.workflow.Workflow;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code MODELS_PULL} does, before ComfyUI is started and the platform hears anything: a job
 * taken now would be held through the pull and run out of time. ComfyUI comes after, since it lists
 * its model folders when it starts.
 */
final class ModelsAtStart {
  private static final Logger LOG = LoggerFactory.getLogger(ModelsAtStart.class);

  /** A signal waits no longer for what it interrupted; the lock of a folder goes in that time. */
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private ModelsAtStart() {}

  /**
   * Returns once the models are there, or where none are to be fetched.
   *
   * @param rented whether the platform waits for the start, and its seconds are paid
   * @throws CommandFailure when they cannot be; this worker must take no job
   */
  static void complete(Settings settings, boolean rented)
      throws CommandFailure, InterruptedException {
    if (!settings.models().pull()) {
      return;
    }
    Optional<String> needless = needless(settings);
    if (needless.isPresent()) {
      LOG.info("Fetching no models: {}", needless.get());
      return;
    }
    if (settings.comfyUi().url().isPresent()) {
      throw CommandFailure.usage(
          "MODELS_PULL=true needs a ComfyUI that the worker starts: the one at COMFYUI_URL has its"
              + " own models, so unset MODELS_PULL",
          null);
    }
    Workflows workflows = Wiring.workflows(settings);
    if (!canStartComfyUi(settings)) {
      return; // what comes next says why, and must not say it after minutes of fetching
    }
    try {
      ModelSupply supply =
          new ModelSupply(
              named(workflows, ModelList.read(WorkerHome.modelList())),
              Wiring.modelFolders(System.getenv()),
              settings.minFreeDisk(),
              Clock.SYSTEM);
      List<ModelFile> missing = supply.missing();
      if (missing.isEmpty()) {
        LOG.info("Fetching no models: all are there, by size");
        return;
      }
      if (rented) {
        warn(settings, ModelSupply.bytes(missing));
      }
      interruptibly(supply);
    } catch (ModelsException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  /** Why nobody would use them. */
  private static Optional<String> needless(Settings settings) {
    if (settings.engine().filter(engine -> engine == Engine.REHEARSAL).isPresent()) {
      return Optional.of("the rehearsal needs none");
    }
    return settings.comfyUi().given()
        ? Optional.empty()
        : Optional.of("no ComfyUI is set that would need them");
  }

  private static boolean canStartComfyUi(Settings settings) {
    return settings.comfyUi().dir().filter(dir -> Files.exists(dir.resolve("main.py"))).isPresent();
  }

  /** The files that these workflows name: the list has those of all model sets. */
  static ModelList named(Workflows workflows, ModelList list) throws ModelsException {
    Set<String> texts = new HashSet<>();
    for (Workflow workflow : workflows.all()) {
      for (JsonNode node : workflow.nodes()) {
        node.path("inputs").forEach(input -> texts.add(input.asText()));
      }
    }
    List<String> paths =
        list.files().stream()
            .filter(file -> texts.contains(file.name()))
            .map(ModelFile::path)
            .toList();
    return list.only(paths, "the workflows");
  }

  /** A start that takes longer than the platform allows counts as unhealthy. */
  private static void warn(Settings settings, long bytes) {
    long seconds = settings.models().initTimeout().toSeconds();
    LOG.warn(
        "Missing models are fetched at this start, and at every start without a network volume, and"
            + " the GPU is paid meanwhile. The platform allows {} s for a start"
            + " (RUNPOD_INIT_TIMEOUT): that takes {} MB/s and more",
        seconds,
        bytes / 1_000_000 / seconds + 1);
  }

  /** On a virtual thread, whose reads from sockets end at an interrupt. */
  private static void interruptibly(ModelSupply supply)
      throws ModelsException, InterruptedException {
    FutureTask<Void> work =
        new FutureTask<>(() -> {
          try (Hub hub = ModelsCommand.hub()) {
            supply.complete(hub);
          }
          return null;
        });
    Thread thread = Thread.ofVirtual().name("models-at-start").unstarted(work);
    try (ShutdownHook _ = ShutdownHook.of(() -> end(thread))) {
      thread.start();
      work.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ModelsException cause -> throw cause;
        // A signal: its hook ends the process.
        case InterruptedException _ -> Thread.currentThread().join();
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  private static void end(Thread thread) {
    LOG.info("Ending before all models are there; the next start goes on from here");
    thread.interrupt();
    try {
      thread.join(FAREWELL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
