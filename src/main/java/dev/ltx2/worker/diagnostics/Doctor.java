package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.app.WorkerHome;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Natives;
import dev.ltx2.worker.models.ModelCheck;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.storage.StorageProbe;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** Examines every precondition of the worker, in seconds and without changing anything. */
public final class Doctor {
  /** How a finding counts. */
  public enum Verdict {
    OK,
    /** Worth knowing; nothing that this worker is set up for fails by it. */
    NOTE,
    FAILED
  }

  /**
   * One line.
   *
   * @param text what was found and, where it is not well, the remedy
   */
  public record Line(String name, Verdict verdict, String text) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%-6s %-10s %s", verdict.name().toLowerCase(Locale.ROOT), name, text);
    }
  }

  /** Nine inputs of 50 MB, a video of 200 MB, and its muxed copy. */
  private static final long TEMP_BYTES = 1_000_000_000;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> environment;
  private final ModelFolders folders;
  private final MemoryLimit limit;
  private final List<Line> lines = new ArrayList<>();

  private Doctor(Map<String, String> environment, ModelFolders folders, MemoryLimit limit) {
    this.environment = environment;
    this.folders = folders;
    this.limit = limit;
  }

  /** Every line; the worker can do what it is set up for when none has failed. */
  public static List<Line> examine(Map<String, String> environment, ModelFolders folders) {
    return examine(environment, folders, MemoryLimit.here());
  }

  public static List<Line> examine(
      Map<String, String> environment, ModelFolders folders, MemoryLimit limit) {
    Doctor doctor = new Doctor(environment, folders, limit);
    doctor.examine();
    return List.copyOf(doctor.lines);
  }

  private void examine() {
    java();
    ffmpeg();
    Settings settings;
    try {
      settings = Settings.from(environment);
      ok("settings", "understood");
    } catch (Settings.InvalidSettingsException e) {
      failed("settings", e.getMessage());
      return;
    }
    workflows(settings);
    comfyUi(settings);
    memory(settings);
    models(settings);
    space(settings);
    storage(settings);
    runPod();
  }

  private void java() {
    Runtime.Version version = Runtime.version();
    check("java", version.feature() >= 25, version.toString(), version + "; install JDK 25");
  }

  private void ffmpeg() {
    try {
      ok("ffmpeg", Natives.load());
    } catch (MediaException e) {
      failed("ffmpeg", e.getMessage() + "; the worker needs Linux x86-64 with glibc 2.35 or newer");
    }
  }

  private void workflows(Settings settings) {
    Path folder = Wiring.workflowsDir(settings);
    List<String> faults = lint(folder, ObjectInfo.recorded());
    check(
        "workflows",
        faults.isEmpty(),
        "four in " + folder + ", good for ComfyUI v0.33.0",
        String.join("; ", faults));
  }

  private static List<String> lint(Path folder, ObjectInfo info) {
    List<String> faults = new ArrayList<>();
    for (String name : Arrays.stream(Mode.values()).map(Mode::workflow).distinct().toList()) {
      Path file = folder.resolve(name + ".json");
      try {
        String text = Files.readString(file);
        Workflow.parse(file.getFileName().toString(), text);
        GraphLint.check(file.getFileName().toString(), (ObjectNode) JSON.readTree(text), info)
            .forEach(finding -> faults.add(finding.toString()));
      } catch (IOException e) {
        faults.add(file + " cannot be read: set WORKFLOWS_DIR to the folder with the four graphs");
      } catch (WorkflowException e) {
        faults.add(e.getMessage());
      }
    }
    return faults;
  }

  private boolean rehearses(Settings settings) {
    return settings.engine().equals(Optional.of(Settings.Engine.REHEARSAL))
        || (settings.comfyUiUrl().isEmpty() && settings.comfyUiDir().isEmpty() && !onRunPod());
  }

  private void comfyUi(Settings settings) {
    if (rehearses(settings)) {
      note("comfyui", "none: jobs are rehearsed; set COMFYUI_URL or COMFYUI_DIR for real videos");
    } else if (settings.comfyUiDir().isPresent()) {
      Path main = settings.comfyUiDir().get().resolve("main.py");
      check(
          "comfyui",
          Files.isRegularFile(main),
          "to be started from " + settings.comfyUiDir().get(),
          main + " is not there; set COMFYUI_DIR to a checkout of ComfyUI");
    } else if (settings.comfyUiUrl().isPresent()) {
      live(settings, settings.comfyUiUrl().get());
    } else {
      failed("comfyui", "none; set COMFYUI_DIR or COMFYUI_URL, or ENGINE=rehearsal");
    }
  }

  private void live(Settings settings, URI url) {
    try (ComfyUi comfyUi = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
      JsonNode stats = comfyUi.systemStats(PATIENCE);
      ok(
          "comfyui",
          "v"
              + stats.path("system").path("comfyui_version").asText("?")
              + " at "
              + url
              + ", "
              + stats.path("devices").path(0).path("name").asText("no device"));
      List<String> faults =
          lint(Wiring.workflowsDir(settings), ObjectInfo.of(comfyUi.objectInfo(PATIENCE)));
      check(
          "graphs",
          faults.isEmpty(),
          "it has every node and model of the workflows",
          String.join("; ", faults) + "; get the models with models pull, nodes with ComfyUI 0.33");
    } catch (ComfyUiException | IllegalArgumentException e) {
      failed("comfyui", e.getMessage() + "; start it, or correct COMFYUI_URL");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void memory(Settings settings) {
    if (settings.comfyUiDir().isPresent()) {
      ok("memory", Wiring.memoryFlags(settings, limit).reason());
    } else if (limit.bytes().isPresent() && settings.comfyUiUrl().isPresent()) {
      note("memory", limit.shown() + "; a ComfyUI with a limit of its own needs --cache-classic");
    }
  }

  private void models(Settings settings) {
    try {
      List<ModelCheck.CheckedFile> findings =
          ModelCheck.check(ModelList.read(WorkerHome.modelList()), folders, false);
      List<ModelCheck.CheckedFile> bad =
          findings.stream().filter(file -> !file.condition().usable()).toList();
      if (bad.isEmpty()) {
        ok("models", findings.size() + " files, by size; models check hashes them");
        return;
      }
      String text =
          bad.stream().map(Object::toString).collect(Collectors.joining("; "))
              + "; "
              + folders.searched()
              + "; run models pull";
      // A ComfyUI elsewhere has its models elsewhere, and tells them itself.
      boolean here = !rehearses(settings) && settings.comfyUiUrl().isEmpty();
      add("models", here ? Verdict.FAILED : Verdict.NOTE, text);
    } catch (ModelsException | IOException e) {
      failed("models", String.valueOf(e.getMessage()));
    }
  }

  private void space(Settings settings) {
    Path temp = TempFolder.root();
    long needed = Math.max(TEMP_BYTES, settings.minFreeDisk());
    OptionalLong free = DiskSpace.free(temp);
    String found = DiskSpace.left(temp, free);
    check(
        "disk",
        Files.isWritable(temp) && free.orElse(needed) >= needed, // unknown is not full
        found,
        "%s, no job is taken below %s; make room, or set -Djava.io.tmpdir or MIN_FREE_DISK"
            .formatted(found, DiskSpace.megabytes(needed)));
  }

  private void storage(Settings settings) {
    if (settings.storage().bucket().isEmpty()) {
      note(
          "storage",
          "no bucket: GCS_BUCKET is not set; an endpoint's videos go into the answer, larger ones"
              + " than 7 MB into KEEP_DIR, and their jobs fail");
    }
    for (StorageProbe.Check check : StorageProbe.run(settings.storage())) {
      check("storage", check.ok(), check.name(), check.name() + ": " + check.remedy());
    }
  }

  private boolean onRunPod() {
    return present("RUNPOD_WEBHOOK_GET_JOB");
  }

  private boolean present(String name) {
    return !environment.getOrDefault(name, "").isBlank();
  }

  private void runPod() {
    if (!onRunPod()) {
      note("runpod", "not here: RUNPOD_WEBHOOK_GET_JOB is not set");
      return;
    }
    List<String> missing =
        List.of(
                "RUNPOD_WEBHOOK_POST_OUTPUT",
                "RUNPOD_WEBHOOK_PING",
                "RUNPOD_AI_API_KEY",
                "RUNPOD_POD_ID")
            .stream()
            .filter(name -> !present(name))
            .toList();
    check(
        "runpod",
        missing.isEmpty(),
        "its variables are set",
        String.join(", ", missing) + " not set; the platform sets them, do not override them");
  }

  private void check(String name, boolean good, String found, String remedy) {
    add(name, good ? Verdict.OK : Verdict.FAILED, good ? found : remedy);
  }

  private void ok(String name, String text) {
    add(name, Verdict.OK, text);
  }

  private void note(String name, String text) {
    add(name, Verdict.NOTE, text);
  }

  private void failed(String name, String text) {
    add(name, Verdict.FAILED, text);
  }

  private void add(String name, Verdict verdict, String text) {
    lines.add(new Line(name, verdict, text));
  }
}
