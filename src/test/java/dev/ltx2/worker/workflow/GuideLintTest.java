package dev.ltx2.worker.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.plan.Sampling;
import dev.ltx2.worker.plan.SamplingStage;
import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guides that are forgotten in a graph of two stages. */
class GuideLintTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path TEMPLATE = Path.of("workflows/ltx-2.3/multiframe-audio-gen.json");

  /** The graph, with the guides of the first stage in the conditioning of the second. */
  private static ObjectNode staleConditioning(ObjectNode graph, String last) {
    for (String input : List.of("positive", "negative")) {
      for (JsonNode node : graph) {
        JsonNode link = node.path("inputs").path(input);
        boolean second = node.path("_meta").path("title").asText().contains("stage 2");
        if (second && link.path(0).asText().equals("conditioning")) {
          link(graph, node, input, last, link.path(1).intValue());
        }
      }
    }
    return graph;
  }

  private static void link(ObjectNode graph, JsonNode node, String input, String to, int output) {
    assertThat(graph.has(to)).isTrue();
    ((ObjectNode) node.path("inputs")).putArray(input).add(to).add(output);
  }

  private static List<String> faults(ObjectNode graph) {
    return GraphLint.check("g", graph, ObjectInfo.recorded()).stream()
        .map(GraphLint.GraphFault::toString)
        .toList();
  }

  private static ObjectNode template() throws Exception {
    return (ObjectNode) JSON.readTree(TEMPLATE.toFile());
  }

  /** Filled for guides on frames 0, 8, 16 …; the half is 128x64: 8 tokens of one frame. */
  private static ObjectNode filled(int guides) throws Exception {
    SigmaList sigmas = new SigmaList("1.0, 0.5, 0.0");
    Sampling sampling =
        new Sampling(
            "s",
            256,
            128,
            "d",
            List.of(
                new SamplingStage(128, 64, 2, 1, Optional.of(sigmas)),
                new SamplingStage(256, 128, 2, 1, Optional.of(sigmas))));
    GenerationPlan plan =
        new GenerationPlan(
            Mode.MULTIFRAME_AUDIO_GEN,
            256,
            128,
            8,
            9,
            0,
            73,
            73,
            73,
            73,
            OptionalInt.of(225),
            2,
            1,
            Cases.NONE,
            18,
            1,
            IntStream.range(0, guides).mapToObj(i -> new Guide(i + 1, i * 8, 1.0)).toList(),
            sampling,
            List.of());
    return Workflow.parse("g.json", Files.readString(TEMPLATE))
        .fill(plan, Cases.inputs(plan.mode(), guides, "a", "b"))
        .nodes();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 8, 9})
  void guidesThatAreCutOffBehindEachStageAreGood(int guides) throws Exception {
    assertThat(faults(filled(guides))).isEmpty();
  }

  /** 8 tokens a guide of the half, 32 a frame of the whole. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "3 ; ComfyUI stops here, as their 24 tokens are no whole number of latent frames of 32",
        "4 ; ComfyUI does not notice, as their 32 tokens are those of 1 whole latent frames here",
        "5 ; ComfyUI stops here, as their 40 tokens are no whole number of latent frames of 32",
        "8 ; ComfyUI does not notice, as their 64 tokens are those of 2 whole latent frames here",
      })
  void staleGuidesAreFoundWhetherComfyUiSeesThemOrNot(int guides, String consequence)
      throws Exception {
    ObjectNode graph = staleConditioning(filled(guides), "guide_stage_1_" + guides);
    assertThat(faults(graph))
        .filteredOn(fault -> fault.contains("'sampled_stage_2'"))
        .singleElement()
        .asString()
        .startsWith("g: node 'sampled_stage_2': the conditioning still has guide 'guide_stage_1_1'")
        .contains(guides == 3 ? "'guide_stage_1_3', whose" : " and %d more,".formatted(guides - 3))
        .endsWith(consequence);
  }

  /** A latent that is loaded has a size which the graph does not show. */
  @Test
  void ofALatentWithoutASizeThereIsAGeneralWord() throws Exception {
    ObjectNode graph = staleConditioning(filled(3), "guide_stage_1_3");
    ObjectNode loaded = (ObjectNode) graph.path("latent");
    loaded.put("class_type", "LoadLatent");
    loaded.putObject("inputs").put("latent", "x.latent");
    assertThat(faults(graph))
        .filteredOn(fault -> fault.contains("'sampled_stage_2'"))
        .singleElement()
        .asString()
        .endsWith("; with 4 or 8 guides of half the size ComfyUI does not notice");
  }

  /** The cut takes them out of the conditioning as well. */
  @Test
  void aConditioningFromBehindTheCutIsGood() throws Exception {
    assertThat(faults(staleConditioning(template(), "cropped_stage_1"))).isEmpty();
  }

  /** A guider with one conditioning, behind a node that hands one on. */
  @Test
  void guidersOfOneConditioningAreFollowed() throws Exception {
    ObjectNode graph = staleConditioning(template(), "guide_stage_1");
    ObjectNode zeroed = graph.putObject("zeroed").put("class_type", "ConditioningZeroOut");
    zeroed.putObject("inputs").putArray("conditioning").add("guide_stage_2").add(0);
    ObjectNode guider = (ObjectNode) graph.path("guider_stage_2");
    guider.put("class_type", "BasicGuider");
    link(graph, guider, "conditioning", "zeroed", 0);
    ((ObjectNode) guider.path("inputs")).remove(List.of("positive", "negative", "cfg"));
    assertThat(faults(graph))
        .anyMatch(fault ->
            fault.startsWith(
                "g: node 'sampled_stage_2': the conditioning still has guide 'guide_stage_1',"));
  }

  @Test
  void ofAGuiderOfAnotherKindNothingIsSaid() throws Exception {
    ObjectNode graph = template();
    ObjectNode guider = (ObjectNode) graph.path("guider_stage_1");
    guider.put("class_type", "OwnGuider");
    ((ObjectNode) guider.path("inputs")).remove(List.of("positive", "negative"));
    assertThat(faults(graph)).noneMatch(fault -> fault.contains("'sampled_stage_1'"));
  }

  /** Following guides around it would not end. */
  @Test
  void aCycleIsFoundAmongGuidesToo() throws Exception {
    ObjectNode graph = template();
    link(graph, graph.path("guide_stage_1"), "latent", "separated_stage_1", 0);
    assertThat(faults(graph)).anyMatch(fault -> fault.contains("cycle: "));
  }

  @Test
  void theTemplateIsFoundToo() throws Exception {
    assertThat(faults(staleConditioning(template(), "guide_stage_1")))
        .filteredOn(fault -> fault.contains("'sampled_stage_2'"))
        .singleElement()
        .asString()
        .contains("condition this stage from before them")
        .endsWith("; with 4 or 8 guides of half the size ComfyUI does not notice");
  }

  @Test
  void guidesThatAreUpscaledAreFound() throws Exception {
    ObjectNode graph = template();
    link(graph, graph.path("upscaled"), "samples", "separated_stage_1", 0);
    graph.remove("cropped_stage_1");
    assertThat(faults(graph))
        .contains(
            "g: node 'upscaled': latent frames of guide 'guide_stage_1' are upscaled, and stay for"
                + " good: LTXVCropGuides before")
        .anyMatch(fault -> fault.contains("'sampled_stage_2': the latent has frames of"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"VAEDecode", "VAEDecodeTiled"})
  void guidesThatAreDecodedAreFound(String decoder) throws Exception {
    ObjectNode graph = template();
    ((ObjectNode) graph.path("decoded")).put("class_type", decoder);
    if (decoder.equals("VAEDecode")) {
      ((ObjectNode) graph.path("decoded").path("inputs")).retain("samples", "vae");
    }
    link(graph, graph.path("decoded"), "samples", "separated_stage_2", 0);
    graph.remove("cropped_stage_2");
    assertThat(faults(graph))
        .containsExactly(
            "g: node 'decoded': latent frames of guide 'guide_stage_2' are decoded, 8 frames for"
                + " each: LTXVCropGuides before");
  }

  @Test
  void aCutByTheWrongConditioningIsFound() throws Exception {
    ObjectNode graph = template();
    link(graph, graph.path("cropped_stage_2"), "positive", "conditioning", 0);
    assertThat(faults(graph))
        .containsExactly(
            "g: node 'cropped_stage_2': cuts off as many latent frames as its conditioning has"
                + " guides, 0, but the latent has 1");
  }
}
