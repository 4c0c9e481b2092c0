package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The four workflow files of a folder, read once. */
public final class Workflows {
  private final Map<Mode, Workflow> byMode;

  private Workflows(Map<Mode, Workflow> byMode) {
    this.byMode = byMode;
  }

  /**
   * Reads all four.
   *
   * @throws WorkflowException naming the file that is missing or broken
   */
  public static Workflows load(Path folder) throws WorkflowException {
    Map<Mode, Workflow> byMode = new EnumMap<>(Mode.class);
    for (Mode mode : Mode.values()) {
      Path file = folder.resolve(mode.workflow() + ".json");
      try {
        byMode.put(mode, Workflow.parse(file.getFileName().toString(), Files.readString(file)));
      } catch (NoSuchFileException e) {
        throw new WorkflowException(file + " is missing: WORKFLOWS_DIR must hold all four files");
      } catch (IOException e) {
        throw new WorkflowException(
            file
                + " cannot be read: "
                + IoErrors.of(e)
                + "; WORKFLOWS_DIR must hold all four files");
      }
    }
    return new Workflows(byMode);
  }

  /** All of them. */
  public Collection<Workflow> all() {
    return byMode.values();
  }

  /** The workflow of a mode. */
  public Workflow of(Mode mode) {
    return Objects.requireNonNull(byMode.get(mode));
  }
}
