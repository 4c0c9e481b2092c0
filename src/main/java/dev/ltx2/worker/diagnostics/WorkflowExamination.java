package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The four workflow files, against ComfyUI's nodes. */
record WorkflowExamination(Path folder) implements Doctor.Examination {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public List<Diagnosis> run() {
    List<String> faults = faults(ObjectInfo.recorded());
    return List.of(
        Diagnosis.of(
            "workflows",
            faults.isEmpty(),
            "four in " + folder + ", good for ComfyUI v" + ObjectInfo.RECORDED_VERSION,
            String.join("; ", faults)));
  }

  /** What they lack in a ComfyUI. */
  List<String> faults(ObjectInfo info) {
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
}
