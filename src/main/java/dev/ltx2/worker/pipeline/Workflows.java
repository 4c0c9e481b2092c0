package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A model set and the graphs of its modes, read once. */
public final class Workflows {
  private final ModelSet set;
  private final Map<Mode, Workflow> byMode;
  private final List<String> warnings;

  private Workflows(ModelSet set, Map<Mode, Workflow> byMode, List<String> warnings) {
    this.set = set;
    this.byMode = byMode;
    this.warnings = warnings;
  }

  /**
   * Reads a set's folder: its {@code set.json} and one graph for each mode it serves.
   *
   * @throws WorkflowException naming the file that is missing or broken, and what is wrong with it
   */
  public static Workflows load(Path folder) throws WorkflowException {
    ModelSet set = description(folder, name(folder));
    Map<Mode, Workflow> byMode = graphs(folder, set.request().modes());
    set.check(byMode.values());
    return new Workflows(set, byMode, List.of());
  }

  /**
   * Reads a folder of somebody's own.
   *
   * @param standard the folder whose {@code set.json} counts where this one has none
   * @throws WorkflowException as {@link #load(Path)}
   */
  public static Workflows load(Path folder, Path standard) throws WorkflowException {
    if (Files.exists(folder.resolve(ModelSet.FILE))) {
      return load(folder);
    }
    ModelSet usual = description(standard, name(standard));
    Map<Mode, Workflow> byMode = graphs(folder, usual.request().modes());
    ModelSet set = usual.adaptedTo(name(folder), byMode.values());
    return new Workflows(set, byMode, List.of(borrowed(folder, usual, set)));
  }

  private static String borrowed(Path folder, ModelSet usual, ModelSet set) {
    Set<String> without = new TreeSet<>(set.request().missing());
    without.removeAll(usual.request().missing());
    return "%s has no %s: presets, ranges and sizes are those of %s%s"
        .formatted(
            folder,
            ModelSet.FILE,
            usual.name(),
            without.isEmpty()
                ? ""
                : "; no graph binds " + String.join(", ", without) + ", which do nothing");
  }

  private static String name(Path folder) {
    return Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName())
        .map(Path::toString)
        .orElse("own");
  }

  private static ModelSet description(Path folder, String name) throws WorkflowException {
    Path file = folder.resolve(ModelSet.FILE);
    return ModelSet.parse(name, file.toString(), read(file, ModelSet.FILE));
  }

  private static Map<Mode, Workflow> graphs(Path folder, Set<Mode> modes) throws WorkflowException {
    Map<Mode, Workflow> byMode = new EnumMap<>(Mode.class);
    for (Mode mode : modes) {
      Path file = folder.resolve(mode.workflow() + ".json");
      String text = read(file, "a graph of each mode that it serves");
      Workflow workflow = Workflow.parse(mode.workflow() + ".json", text);
      if (workflow.mode() != mode) {
        throw new WorkflowException(
            "%s: binds the values of mode %s, but the name is mode %s's"
                .formatted(file, workflow.mode().label(), mode.label()));
      }
      byMode.put(mode, workflow);
    }
    return byMode;
  }

  private static String read(Path file, String what) throws WorkflowException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new WorkflowException(file + " is missing: the folder of a model set holds " + what);
    } catch (IOException e) {
      throw new WorkflowException(file + " cannot be read: " + IoErrors.of(e));
    }
  }

  /** What the graphs are made for. */
  public ModelSet set() {
    return set;
  }

  /** All of them. */
  public Collection<Workflow> all() {
    return byMode.values();
  }

  /** What was accepted but deserves a word; whole sentences without a full stop. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * The workflow of a mode.
   *
   * @throws IllegalArgumentException for a mode that the set does not serve; requests for it were
   *     refused before
   */
  public Workflow of(Mode mode) {
    Workflow workflow = byMode.get(mode);
    if (workflow == null) {
      throw new IllegalArgumentException(set.name() + " has no mode " + mode.label());
    }
    return workflow;
  }
}
