package dev.ltx2.worker.modelset;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.SamplingRules;
import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.Preset;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code set.json} says.
 *
 * @param name its folder's, as {@code MODEL_SET}, plans and answers have it
 * @param title for people
 * @param licences of its files
 * @param request what requests may ask for
 * @param sampling how its graphs sample
 * @param files paths in {@code models.txt}, below the models folder
 * @param notes for people
 */
public record ModelSet(
    String name,
    String title,
    List<Licence> licences,
    RequestRules request,
    SamplingRules sampling,
    List<String> files,
    List<String> notes) {
  /** The file that describes a set. */
  public static final String FILE = "set.json";

  /**
   * A licence of its files.
   *
   * @param name as its owner calls it
   * @param url where it is to be read
   * @param limits what it forbids or asks payment for, one sentence
   */
  public record Licence(String name, String url, String limits) {}

  /** Collections are copied. */
  public ModelSet {
    licences = List.copyOf(licences);
    files = List.copyOf(files);
    notes = List.copyOf(notes);
  }

  /**
   * Reads a {@code set.json}.
   *
   * @param name the set's
   * @param file how messages call it
   * @throws WorkflowException with every fault of it and the line where it stands
   */
  public static ModelSet parse(String name, String file, String json) throws WorkflowException {
    return new ModelSetReader(name, file).read(json);
  }

  /**
   * Reads and validates a job's {@code input} for this set.
   *
   * @param sources what inputs may be
   * @throws InvalidRequestException with all faults at once
   */
  public GenerationRequest parse(JsonNode input, AcceptedSources sources)
      throws InvalidRequestException {
    return GenerationRequest.parse(input, sources, request);
  }

  /**
   * Plans a video that this set makes.
   *
   * @param duration d in seconds: the measured audio, or the request's duration
   * @param seed the request's seed, or the one drawn for it
   */
  public GenerationPlan plan(GenerationRequest request, double duration, long seed) {
    return GenerationPlan.of(request, duration, seed, sampling);
  }

  /**
   * Holds the set's graphs against it.
   *
   * @throws WorkflowException with every field and schedule that would be without effect, and with
   *     every binding that has no value
   */
  public void check(Collection<Workflow> workflows) throws WorkflowException {
    List<String> faults = BindingCheck.faults(this, workflows);
    if (!faults.isEmpty()) {
      throw new WorkflowException(String.join("; ", faults));
    }
  }

  /**
   * This set's presets, ranges and sizes for somebody's own graphs that came without a {@code
   * set.json}: fields that no graph binds are missing, schedules that no graph takes are gone.
   */
  public ModelSet adaptedTo(String own, Collection<Workflow> workflows) {
    Set<String> missing = new HashSet<>(request.missing());
    missing.addAll(BindingCheck.unbound(workflows));
    Map<String, List<SigmaList>> schedules = new LinkedHashMap<>(sampling.schedules());
    schedules
        .keySet()
        .removeIf(name ->
            !name.equals(request.schedule())
                && !BindingCheck.fits(name, sampling.schedules(), workflows));
    RequestRules rules =
        new RequestRules(
            own,
            request.modes(),
            request.presets().stream().map(preset -> without(preset, missing)).toList(),
            request.preset(),
            request.numbers(),
            missing,
            request.sizes(),
            List.copyOf(schedules.keySet()),
            request.schedule());
    SamplingRules steps =
        new SamplingRules(
            own,
            sampling.multipleOf(),
            sampling.stages(),
            schedules,
            Map.of(),
            !missing.contains("lora_distilled"));
    return new ModelSet(own, own, licences, rules, steps, files, notes);
  }

  private static Preset without(Preset preset, Set<String> missing) {
    Loras loras = preset.loras();
    return new Preset(
        preset.label(),
        preset.steps(),
        new Loras(
            missing.contains("lora_camera") ? 0 : loras.camera(),
            missing.contains("lora_distilled") ? 0 : loras.distilled(),
            missing.contains("lora_detailer") ? 0 : loras.detailer(),
            missing.contains("lora_i2v") ? 0 : loras.i2v()));
  }
}
