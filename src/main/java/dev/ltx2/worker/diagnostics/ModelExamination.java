package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.app.WorkerHome;
import dev.ltx2.worker.models.ModelCheck;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The model files of the chosen set, by size.
 *
 * @param needed whether jobs fail without them: a ComfyUI elsewhere has its models elsewhere, and
 *     names those it lacks itself
 */
record ModelExamination(Settings settings, ModelFolders folders, boolean needed)
    implements Doctor.Examination {
  @Override
  public List<Diagnosis> run() {
    try {
      ModelSet set = Wiring.modelSet(settings).set();
      ModelList list =
          ModelList.read(WorkerHome.modelList()).only(set.files(), "model set " + set.name());
      List<ModelCheck.CheckedFile> findings = ModelCheck.check(list, folders, false);
      List<ModelCheck.CheckedFile> bad =
          findings.stream().filter(finding -> !finding.condition().usable()).toList();
      if (bad.isEmpty()) {
        return List.of(
            Diagnosis.ok(
                "models",
                findings.size()
                    + " files of "
                    + set.name()
                    + ", by size; models check hashes them"));
      }
      String text =
          bad.stream().map(Object::toString).collect(Collectors.joining("; "))
              + "; "
              + folders.searched()
              + "; run models pull";
      return List.of(needed ? Diagnosis.failed("models", text) : Diagnosis.note("models", text));
    } catch (WorkflowException | CommandFailure e) {
      // The examination of the workflows tells it.
      return List.of();
    } catch (ModelsException | IOException e) {
      return List.of(Diagnosis.failed("models", String.valueOf(e.getMessage())));
    }
  }
}
