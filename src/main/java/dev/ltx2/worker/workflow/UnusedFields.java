package dev.ltx2.worker.workflow;

import dev.ltx2.worker.request.Fit;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Fields of a request that a workflow makes nothing of, as no node binds their values. */
public final class UnusedFields {
  /** Each field with the values of which one carries it into a graph. */
  private static final Map<String, Set<String>> CARRIERS = carriers();

  private static final List<String> OF_PRESETS =
      List.of("steps", "lora_camera", "lora_distilled", "lora_detailer", "lora_i2v");

  private UnusedFields() {}

  private static Map<String, Set<String>> carriers() {
    Map<String, Set<String>> carriers = new LinkedHashMap<>();
    carriers.put("prompt_negative", Set.of("prompt_negative"));
    carriers.put("steps", Set.of("steps", "sigmas"));
    for (String name : List.of("lora_camera", "lora_distilled", "lora_detailer", "lora_i2v")) {
      carriers.put(name, Set.of(name));
    }
    carriers.put("img_compression", Set.of("img_compression"));
    carriers.put("img_strength", Set.of("img_strength"));
    carriers.put("fit", Set.of("crop_width"));
    return carriers;
  }

  /** Their names; those left out that the model set itself has not. */
  public static List<String> of(Workflow workflow, RequestRules rules) {
    Set<String> bound = workflow.bound();
    return CARRIERS.entrySet().stream()
        .filter(field -> field.getValue().stream().noneMatch(bound::contains))
        .map(Map.Entry::getKey)
        .filter(name -> !rules.missing().contains(name))
        .filter(name -> !(name.equals("img_strength") && workflow.mode().multiframe()))
        .toList();
  }

  /** A sentence for each field that the request has and the workflow makes nothing of. */
  public static List<String> warnings(
      Workflow workflow, GenerationRequest request, RequestRules rules) {
    List<String> unused = of(workflow, rules);
    List<String> warnings = new ArrayList<>();
    for (String name : unused) {
      boolean ofKeyframe = name.equals("fit") && asksForCrop(request);
      if (ofKeyframe || request.given().contains(name)) {
        warnings.add(
            name + " has no effect: the workflow " + workflow.file() + " binds nothing to it");
      }
    }
    List<String> ofPreset = unused.stream().filter(OF_PRESETS::contains).toList();
    if (request.given().contains("quality_preset") && !ofPreset.isEmpty()) {
      warnings.add(
          "quality_preset has no effect on %s: the workflow %s binds nothing to it"
              .formatted(String.join(", ", ofPreset), workflow.file()));
    }
    return warnings;
  }

  private static boolean asksForCrop(GenerationRequest request) {
    return request.keyframes().stream().anyMatch(keyframe -> keyframe.fit() == Fit.CROP);
  }
}
