package dev.ltx2.worker.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Cases.Case;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * ComfyUI runs a node again when it, or one that it depends on, has other inputs. What is costly to
 * load must not depend on what differs from job to job.
 */
class CachingTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> LOADERS =
      Set.of(
          "CheckpointLoaderSimple",
          "UNETLoader",
          "VAELoader",
          "LTXAVTextEncoderLoader",
          "LTXVAudioVAELoader",
          "LatentUpscaleModelLoader",
          "LoraLoaderModelOnly");
  private static final Set<String> TEXTS = Set.of("CLIPTextEncode", "LTXVConditioning");

  private static Case usual(Mode mode) {
    return mode.multiframe()
        ? Case.of(mode, 1280, 736, 30, 5, 1, new Guide(1, 0, 1.0), new Guide(2, 72, 0.8))
        : Case.of(mode, 1280, 736, 30, 5, 1);
  }

  private static ObjectNode graph(Case job) throws Exception {
    return Cases.workflow(job.plan().mode()).fill(job.plan(), job.inputs()).nodes();
  }

  /** The nodes that run again, of the classes that load models and read texts. */
  private static Set<String> again(ObjectNode before, ObjectNode after) {
    return after
        .propertyStream()
        .filter(node -> {
          String type = node.getValue().path("class_type").asText();
          return LOADERS.contains(type) || TEXTS.contains(type);
        })
        .map(node -> node.getKey())
        .filter(id -> !meaning(before, id).equals(meaning(after, id)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The node with all that it depends on. */
  private static String meaning(ObjectNode graph, String id) {
    JsonNode node = graph.path(id);
    StringBuilder meaning = new StringBuilder(node.path("class_type").asText()).append('(');
    for (var input : node.path("inputs").properties()) {
      JsonNode value = input.getValue();
      meaning.append(input.getKey()).append('=');
      meaning.append(
          value.isArray()
              ? meaning(graph, value.path(0).asText()) + "." + value.path(1)
              : value.toString());
      meaning.append(';');
    }
    return meaning.append(')').toString();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void anotherJobLoadsAndReadsNothing(Mode mode) throws Exception {
    ObjectNode first = graph(usual(mode));
    String others = graph(usual(mode).seed(77)).toString().replace("jobs/", "jobs/another-");
    ObjectNode second = (ObjectNode) JSON.readTree(others);
    assertThat(second).isNotEqualTo(first);
    assertThat(again(first, second)).isEmpty();
    assertThat(again(first, graph(usual(mode).steps(12).image(40, 0.5)))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void anotherPromptLoadsNothing(Mode mode) throws Exception {
    ObjectNode first = graph(usual(mode));
    ObjectNode second = graph(usual(mode).prompt("a fox", "blurry"));
    assertThat(again(first, second)).isNotEmpty();
    assertThat(again(first, second).stream().map(id -> second.at("/" + id + "/class_type")))
        .extracting(JsonNode::asText)
        .isSubsetOf(TEXTS);
    assertThat(again(first, second)).doesNotContain("negative");
  }

  /** A LoRA patches the model that the one before it gave, so those behind it are patched anew. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void anotherStrengthOfALoraPatchesFromThereOn(Mode mode) throws Exception {
    ObjectNode first = graph(usual(mode).loras(0.3, 0.6, 1.0));
    assertThat(again(first, graph(usual(mode).loras(0.4, 0.6, 1.0)))).containsExactly("camera");
    assertThat(again(first, graph(usual(mode).loras(0.3, 0.6, 0.5))))
        .containsExactlyElementsOf(new TreeSet<>(List.of("camera", "detailer")));
    assertThat(again(first, graph(usual(mode).loras(0.3, 0.8, 1.0))))
        .containsExactlyElementsOf(new TreeSet<>(List.of("camera", "detailer", "distilled")));
  }
}
