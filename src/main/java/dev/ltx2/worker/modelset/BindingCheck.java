package dev.ltx2.worker.modelset;

import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Workflow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a set's graphs bind what its {@code set.json} promises: a field that no graph binds would
 * be without effect, in silence.
 */
final class BindingCheck {
  /** Optional fields that graphs bind; the others do their work elsewhere. */
  private static final List<String> BOUND =
      List.of(
          "lora_camera",
          "lora_distilled",
          "lora_detailer",
          "lora_i2v",
          "img_compression",
          "img_strength",
          "prompt_negative");

  private final Set<String> missing;
  private final Map<String, List<SigmaList>> schedules;
  private final List<String> faults = new ArrayList<>();

  private BindingCheck(Set<String> missing, Map<String, List<SigmaList>> schedules) {
    this.missing = missing;
    this.schedules = schedules;
  }

  /** One sentence per fault, beginning with the graph's file. */
  static List<String> faults(ModelSet set, Collection<Workflow> workflows) {
    BindingCheck check = new BindingCheck(set.request().missing(), set.sampling().schedules());
    workflows.forEach(check::fields);
    workflows.forEach(check::fit);
    workflows.forEach(check::schedules);
    if (set.request().sizes().exact()) {
      workflows.forEach(check::sizes);
    }
    return check.faults;
  }

  /** Fields that graphs of these files would leave without effect. */
  static Set<String> unbound(Collection<Workflow> workflows) {
    Set<String> unbound = new TreeSet<>(BOUND);
    workflows.forEach(workflow -> unbound.removeAll(workflow.bound()));
    return unbound;
  }

  /** Whether a schedule would have its effect in all of these graphs. */
  static boolean fits(
      String schedule, Map<String, List<SigmaList>> schedules, Collection<Workflow> workflows) {
    BindingCheck check =
        new BindingCheck(Set.of(), Map.of(schedule, schedules.getOrDefault(schedule, List.of())));
    workflows.forEach(check::schedules);
    return check.faults.isEmpty();
  }

  /** {@code fit} is not bound itself: what carries it are the sizes of the crop. */
  private void fit(Workflow workflow) {
    if (missing.contains("fit") && workflow.bound().contains("crop_width")) {
      fault(workflow, "binds 'crop_width', but %s calls 'fit' missing".formatted(ModelSet.FILE));
    }
  }

  private void fields(Workflow workflow) {
    for (String field : BOUND) {
      boolean bound = workflow.bound().contains(field);
      if (bound && missing.contains(field)) {
        fault(workflow, "binds '%s', which %s calls missing".formatted(field, ModelSet.FILE));
      } else if (!bound && !missing.contains(field) && concerns(field, workflow.mode())) {
        fault(
            workflow,
            "no node binds '%s': bind it, or name it in \"missing\" of %s"
                .formatted(field, ModelSet.FILE));
      }
    }
  }

  private static boolean concerns(String field, Mode mode) {
    return !field.equals("img_strength") || !mode.multiframe();
  }

  /** ComfyUI's latent floors a size to 32 without a word. */
  private void sizes(Workflow workflow) {
    for (String side : List.of("width", "height")) {
      for (String node : workflow.binding("EmptyLTXVLatentVideo", side)) {
        fault(
            workflow,
            "node '%s' makes multiples of 32 alone: bind 'generated_%s' or 'half_%s', and cut with an ImageCrop bound to width, height, cut_left and cut_top"
                .formatted(node, side, side));
      }
    }
  }

  private void schedules(Workflow workflow) {
    schedules.forEach((name, lists) -> {
      if (lists.isEmpty()) {
        ownScheduler(workflow, name);
      } else {
        lists(workflow, name, lists.size());
      }
    });
  }

  private void ownScheduler(Workflow workflow, String schedule) {
    if (!workflow.bound().contains("steps")) {
      fault(
          workflow,
          "no node binds 'steps', which schedule '%s' needs: it has no sigmas in %s"
              .formatted(schedule, ModelSet.FILE));
    }
    if (workflow.bound().contains("sigmas") || workflow.bound().contains("sigmas_2")) {
      fault(
          workflow,
          "binds 'sigmas', but schedule '%s' has none in %s".formatted(schedule, ModelSet.FILE));
    }
  }

  private void lists(Workflow workflow, String schedule, int stages) {
    Set<Integer> fed = new HashSet<>(workflow.replaceableSchedulers());
    if (workflow.bound().contains("sigmas")) {
      fed.add(1);
    }
    if (workflow.bound().contains("sigmas_2")) {
      fed.add(2);
    }
    for (int stage = 1; stage <= stages; stage++) {
      if (!fed.remove(stage)) {
        fault(
            workflow,
            "no node takes the sigmas of stage %d of schedule '%s': bind '%s' in a ManualSigmas node, or mark the scheduler with \"manual_sigmas\": %d"
                .formatted(stage, schedule, stage == 1 ? "sigmas" : "sigmas_" + stage, stage));
      }
    }
    for (int stage : fed) {
      fault(
          workflow,
          "takes sigmas of stage %d, but schedule '%s' has %d".formatted(stage, schedule, stages));
    }
  }

  private void fault(Workflow workflow, String message) {
    faults.add(workflow.file() + ": " + message);
  }
}
