package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model set's folder, and one of somebody's own. */
class WorkflowsTest {
  private static final Path STANDARD = Path.of("workflows/ltx-2");
  @TempDir Path temp;

  private Path own() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("own-set"));
    try (Stream<Path> files = Files.list(STANDARD)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return folder;
  }

  @Test
  void everyModeHasItsGraph() throws Exception {
    Workflows workflows = Workflows.load(STANDARD);
    assertThat(workflows.set().name()).isEqualTo("ltx-2");
    assertThat(workflows.all()).extracting(Workflow::mode).containsExactly(Mode.values());
    for (Mode mode : Mode.values()) {
      assertThat(workflows.of(mode).mode()).isEqualTo(mode);
    }
    assertThat(workflows.warnings()).isEmpty();
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    Path folder = own();
    Files.delete(folder.resolve("audio-gen.json"));
    assertThatThrownBy(() -> Workflows.load(folder))
        .isInstanceOf(WorkflowException.class)
        .hasMessage(
            folder.resolve("audio-gen.json")
                + " is missing: the folder of a model set holds a graph of each mode that it serves");
    Files.delete(folder.resolve("set.json"));
    assertThatThrownBy(() -> Workflows.load(folder))
        .hasMessage(
            folder.resolve("set.json") + " is missing: the folder of a model set holds set.json");
    Files.createDirectory(folder.resolve("set.json"));
    assertThatThrownBy(() -> Workflows.load(folder))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith(folder.resolve("set.json") + " cannot be read: ");
  }

  @Test
  void aGraphUnderAnothersNameIsRefused() throws Exception {
    Path folder = own();
    Files.copy(
        folder.resolve("lipsync.json"),
        folder.resolve("audio-gen.json"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> Workflows.load(folder))
        .isInstanceOf(WorkflowException.class)
        .hasMessage(
            folder.resolve("audio-gen.json")
                + ": binds the values of mode 1, but the name is mode 2's");
  }

  /** A field that would do nothing, in silence. */
  @Test
  void aGraphThatDoesNotTakeItsSetsFieldsIsRefused() throws Exception {
    Path graph = own().resolve("audio-gen.json");
    Files.writeString(
        graph,
        Files.readString(graph).replace(",\n      \"bind\": {\"strength\": \"img_strength\"}", ""));
    assertThatThrownBy(() -> Workflows.load(graph.getParent()))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith("audio-gen.json")
        .hasMessageContaining("img_strength");
  }

  /** Graphs alone, as somebody brings them. */
  @Test
  void aFolderWithoutADescriptionBorrowsTheUsualOneAndSaysSo() throws Exception {
    Path folder = own();
    assertThat(Workflows.load(folder, STANDARD).warnings()).isEmpty();
    Files.delete(folder.resolve("set.json"));
    Workflows workflows = Workflows.load(folder, STANDARD);
    assertThat(workflows.set().name()).isEqualTo("own-set");
    assertThat(workflows.warnings())
        .containsExactly(folder + " has no set.json: presets, ranges and sizes are those of ltx-2");
  }

  @Test
  void aModeThatIsNotServedIsNone() throws Exception {
    Path folder = own();
    String set = Files.readString(folder.resolve("set.json"));
    assertThat(set).contains("\"modes\"");
    Files.writeString(
        folder.resolve("set.json"), set.replaceFirst("\"modes\": \\[[^]]*]", "\"modes\": [\"1\"]"));
    Workflows workflows = Workflows.load(folder);
    assertThat(workflows.of(Mode.LIPSYNC).mode()).isEqualTo(Mode.LIPSYNC);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> workflows.of(Mode.AUDIO_GEN))
        .withMessage("own-set has no mode 2");
  }

  @Test
  void aModelListThatCannotBeReadIsSaidOnce() throws Exception {
    var info = ObjectInfo.recorded().json().deepCopy();
    ((ArrayNode) info.at("/LoraLoaderModelOnly/input/required/lora_name/0")).removeAll();
    List<String> faults =
        new WorkflowCheck(temp).check(ObjectInfo.of(info), Workflows.load(STANDARD));
    assertThat(faults)
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .allMatch(fault -> fault.contains("; " + temp + " cannot be read: "));
  }
}
