package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.app.ComfyUiSettings;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.workflow.ObjectInfo;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The ComfyUI that is set, and the memory it has. */
record ComfyUiExamination(Settings settings, boolean rehearses, MemoryLimit limit)
    implements Doctor.Examination {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public List<Diagnosis> run() {
    return Stream.concat(engine().stream(), memory().stream()).toList();
  }

  private List<Diagnosis> engine() {
    ComfyUiSettings comfyUi = settings.comfyUi();
    if (rehearses) {
      return List.of(
          Diagnosis.note(
              "comfyui",
              "none: jobs are rehearsed; set COMFYUI_URL or COMFYUI_DIR for real videos"));
    }
    if (comfyUi.dir().isPresent()) {
      Path main = comfyUi.dir().get().resolve("main.py");
      return List.of(
          Diagnosis.of(
              "comfyui",
              Files.isRegularFile(main),
              "to be started from " + comfyUi.dir().get(),
              main + " is not there; set COMFYUI_DIR to a checkout of ComfyUI"));
    }
    return comfyUi
        .url()
        .map(this::running)
        .orElseGet(() ->
            List.of(
                Diagnosis.failed(
                    "comfyui", "none; set COMFYUI_DIR or COMFYUI_URL, or ENGINE=rehearsal")));
  }

  private List<Diagnosis> running(URI url) {
    try (ComfyUi comfyUi = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
      JsonNode stats = comfyUi.systemStats(PATIENCE);
      String found =
          "v%s at %s, %s"
              .formatted(
                  stats.path("system").path("comfyui_version").asText("?"),
                  url,
                  stats.path("devices").path(0).path("name").asText("no device"));
      return Stream.concat(Stream.of(Diagnosis.ok("comfyui", found)), graphs(comfyUi).stream())
          .toList();
    } catch (ComfyUiException | IllegalArgumentException e) {
      return List.of(
          Diagnosis.failed("comfyui", e.getMessage() + "; start it, or correct COMFYUI_URL"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /** What is wrong with the graphs in any ComfyUI, the examination of the workflows tells. */
  private Optional<Diagnosis> graphs(ComfyUi comfyUi)
      throws ComfyUiException, InterruptedException {
    WorkflowExamination workflows = new WorkflowExamination(settings);
    List<String> anywhere = workflows.faults(ObjectInfo.recorded());
    List<String> faults = workflows.faults(ObjectInfo.of(comfyUi.objectInfo(PATIENCE)));
    faults.removeAll(anywhere);
    return faults.isEmpty() && !anywhere.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Diagnosis.of(
                "graphs",
                faults.isEmpty(),
                "it has every node and model of the workflows",
                String.join("; ", faults)
                    + "; get the models with models pull, nodes with ComfyUI 0.33"));
  }

  private Optional<Diagnosis> memory() {
    if (settings.comfyUi().dir().isPresent()) {
      return Optional.of(Diagnosis.ok("memory", Wiring.memoryFlags(settings, limit).reason()));
    }
    if (limit.bytes().isEmpty() || settings.comfyUi().url().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Diagnosis.note(
            "memory", limit.shown() + "; a ComfyUI with a limit of its own needs --cache-classic"));
  }
}
