package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Natives;
import dev.ltx2.worker.models.ModelFolders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Examines every precondition of the worker, in seconds and without changing anything. */
public final class Doctor {
  /** One precondition; some give several lines, or none. */
  @FunctionalInterface
  interface Examination {
    List<Diagnosis> run();
  }

  private Doctor() {}

  /** Every line; the worker can do what it is set up for when none is a failure. */
  public static List<Diagnosis> examine(Map<String, String> environment, ModelFolders folders) {
    return examine(environment, folders, MemoryLimit.here());
  }

  /** The same where the memory's limit is known. */
  public static List<Diagnosis> examine(
      Map<String, String> environment, ModelFolders folders, MemoryLimit limit) {
    return Stream.concat(Stream.of(Doctor::java, Doctor::ffmpeg), rest(environment, folders, limit))
        .flatMap(examination -> examination.run().stream())
        .toList();
  }

  /** Without settings that can be used there is nothing more to look at. */
  private static Stream<Examination> rest(
      Map<String, String> environment, ModelFolders folders, MemoryLimit limit) {
    Settings settings;
    try {
      settings = Settings.from(environment);
    } catch (Settings.InvalidSettingsException e) {
      return Stream.of(() -> List.of(Diagnosis.failed("settings", e.getMessage())));
    }
    RunPodExamination runPod = new RunPodExamination(environment);
    boolean rehearses =
        settings.engine().equals(Optional.of(Settings.Engine.REHEARSAL))
            || (!settings.comfyUi().given() && !runPod.isHere());
    return Stream.of(
        () -> List.of(Diagnosis.ok("settings", "understood")),
        new WorkflowExamination(settings),
        new ComfyUiExamination(settings, rehearses, limit),
        new ModelExamination(settings, folders, !rehearses && settings.comfyUi().url().isEmpty()),
        new DiskExamination(settings.minFreeDisk()),
        new StorageExamination(settings.storage()),
        runPod);
  }

  private static List<Diagnosis> java() {
    Runtime.Version version = Runtime.version();
    return List.of(
        Diagnosis.of(
            "java", version.feature() >= 25, version.toString(), version + "; install JDK 25"));
  }

  private static List<Diagnosis> ffmpeg() {
    try {
      return List.of(Diagnosis.ok("ffmpeg", Natives.load()));
    } catch (MediaException e) {
      return List.of(
          Diagnosis.failed(
              "ffmpeg",
              e.getMessage() + "; the worker needs Linux x86-64 with glibc 2.35 or newer"));
    }
  }
}
