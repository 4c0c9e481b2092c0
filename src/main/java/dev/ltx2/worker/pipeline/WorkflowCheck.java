package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the workflows need and a running ComfyUI does not have. */
public final class WorkflowCheck {
  /** Where ComfyUI looks for the models that these inputs name. */
  private static final Map<String, String> FOLDERS =
      Map.of(
          "ckpt_name", "checkpoints",
          "lora_name", "loras",
          "text_encoder", "text_encoders",
          "clip_name", "text_encoders",
          "vae_name", "vae",
          "unet_name", "diffusion_models",
          "model_name", "latent_upscale_models");

  private final Path modelList;

  /**
   * A check.
   *
   * @param modelList models.txt; its lines are quoted where it exists
   */
  public WorkflowCheck(Path modelList) {
    this.modelList = modelList;
  }

  /**
   * One sentence per fault, each missing model once; empty when all would run.
   *
   * @param limit within which a ComfyUI that is ready must tell its nodes
   */
  public List<String> check(ComfyUi comfyUi, Workflows workflows, Duration limit)
      throws ComfyUiException, InterruptedException {
    return check(ObjectInfo.of(comfyUi.objectInfo(limit)), workflows);
  }

  List<String> check(ObjectInfo info, Workflows workflows) {
    Set<String> faults = new LinkedHashSet<>();
    for (Workflow workflow : workflows.all()) {
      var nodes = workflow.nodes();
      for (GraphLint.GraphFault finding : GraphLint.check(workflow.file(), nodes, info)) {
        String folder = FOLDERS.get(finding.input());
        String value = nodes.path(finding.node()).path("inputs").path(finding.input()).asText("");
        faults.add(folder == null || value.isEmpty() ? finding.toString() : missing(value, folder));
      }
    }
    return List.copyOf(faults);
  }

  private String missing(String model, String folder) {
    return "model %s is missing in ComfyUI's models/%s%s".formatted(model, folder, listed(model));
  }

  private String listed(String model) {
    try {
      List<String> lines = Files.exists(modelList) ? Files.readAllLines(modelList) : List.of();
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).contains(model)) {
          return "; %s line %d: %s".formatted(modelList.getFileName(), i + 1, lines.get(i).strip());
        }
      }
      return "";
    } catch (IOException e) {
      return "; " + modelList + " cannot be read: " + e.getMessage();
    }
  }
}
