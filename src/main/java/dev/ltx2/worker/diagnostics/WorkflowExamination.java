package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The model set and its graphs, against ComfyUI's nodes. */
record WorkflowExamination(Settings settings) implements Doctor.Examination {
  @Override
  public List<Diagnosis> run() {
    List<String> faults = faults(ObjectInfo.recorded());
    if (!faults.isEmpty()) {
      return List.of(Diagnosis.failed("workflows", String.join("; ", faults)));
    }
    try {
      Workflows set = Wiring.modelSet(settings);
      String modes =
          set.set().request().modes().stream()
              .map(mode -> mode.label())
              .sorted()
              .collect(Collectors.joining(", "));
      Diagnosis good =
          Diagnosis.ok(
              "workflows",
              "model set %s (%s), modes %s, good for ComfyUI v%s"
                  .formatted(
                      set.set().name(), set.set().title(), modes, ObjectInfo.RECORDED_VERSION));
      Stream<Diagnosis> notes =
          set.warnings().stream().map(warning -> Diagnosis.note("workflows", warning));
      return Stream.concat(Stream.of(good), notes).toList();
    } catch (WorkflowException | CommandFailure e) {
      return List.of(Diagnosis.failed("workflows", e.getMessage()));
    }
  }

  /** What they lack in a ComfyUI. */
  List<String> faults(ObjectInfo info) {
    List<String> faults = new ArrayList<>();
    try {
      for (Workflow workflow : Wiring.modelSet(settings).all()) {
        GraphLint.check(workflow.file(), workflow.nodes(), info)
            .forEach(finding -> faults.add(finding.toString()));
      }
    } catch (WorkflowException | CommandFailure e) {
      faults.add(e.getMessage());
    }
    return faults;
  }
}
