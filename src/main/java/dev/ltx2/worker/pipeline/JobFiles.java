package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.Prompt.Upload;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.workflow.GraphInputs;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What a job's files are called inside ComfyUI. ComfyUI answers an equal graph with the first run's
 * files, so every run has names of its own, also when a job id comes twice.
 */
record JobFiles(String id, Inputs inputs) {
  private static final int LONGEST_ID = 64;

  static JobFiles of(String jobId, Inputs inputs) {
    String safe = jobId.replaceAll("[^A-Za-z0-9-]", "_");
    String shortened = safe.substring(0, Math.min(safe.length(), LONGEST_ID));
    return new JobFiles(shortened + "-" + UUID.randomUUID().toString().substring(0, 8), inputs);
  }

  GraphInputs graphInputs(GenerationRequest request) {
    return new GraphInputs(
        request.promptPositive(),
        request.promptNegative(),
        inputs.images().stream().map(this::name).toList(),
        IntStream.range(0, inputs.images().size()).mapToObj(request::fit).toList(),
        inputs.audio().map(this::name).orElse(null),
        "jobs/" + id + "/");
  }

  List<Upload> uploads() {
    Set<Path> files = new LinkedHashSet<>(inputs.images());
    inputs.audio().ifPresent(files::add);
    return files.stream().map(file -> new Upload(file, name(file))).toList();
  }

  private String name(Path file) {
    return "jobs/" + id + "/" + file.getFileName();
  }
}
