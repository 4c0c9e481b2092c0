package dev.ltx2.worker.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.RequestJson;
import dev.ltx2.worker.request.RequestRules;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnusedFieldsTest {
  @ParameterizedTest
  @EnumSource
  void ourOwnWorkflowsUseEveryField(Mode mode) throws Exception {
    assertThat(UnusedFields.of(Cases.workflow(mode), RequestRules.API)).isEmpty();
  }

  @Test
  void aWorkflowWithoutThem() throws Exception {
    Workflow workflow = without("distilled", "sigmas", "negative", "image_cropped");

    assertThat(UnusedFields.of(workflow, RequestRules.API))
        .containsExactly("prompt_negative", "steps", "lora_distilled", "fit");
    assertThat(UnusedFields.warnings(workflow, request(""), RequestRules.API)).isEmpty();
    assertThat(
            UnusedFields.warnings(
                workflow,
                request(
                    ", \"steps\": 20, \"negative_prompt\": \"x\", \"lora_camera\": 1, \"fit\":"
                        + " \"crop\", \"quality_preset\": \"ultra\""),
                RequestRules.API))
        .containsExactly(
            "prompt_negative has no effect: the workflow own.json binds nothing to it",
            "steps has no effect: the workflow own.json binds nothing to it",
            "fit has no effect: the workflow own.json binds nothing to it",
            "quality_preset has no effect on steps, lora_distilled: the workflow own.json binds"
                + " nothing to it");
  }

  /** Where keyframes have strengths of their own, a request cannot give it. */
  @Test
  void theImagesStrengthIsMissedInModesOfOneImageAlone() throws Exception {
    assertThat(UnusedFields.of(withoutValue(Mode.AUDIO_GEN, "img_strength"), RequestRules.API))
        .containsExactly("img_strength");
    assertThat(
            UnusedFields.of(
                withoutValue(Mode.MULTIFRAME_AUDIO_GEN, "img_strength"), RequestRules.API))
        .isEmpty();
  }

  @Test
  void aKeyframeThatAsksForACropIsTold() throws Exception {
    Workflow workflow = withoutValue(Mode.MULTIFRAME_AUDIO_GEN, "crop_width");
    assertThat(UnusedFields.warnings(workflow, keyframes("crop"), RequestRules.API))
        .containsExactly("fit has no effect: the workflow own.json binds nothing to it");
    assertThat(UnusedFields.warnings(workflow, keyframes("pad"), RequestRules.API)).isEmpty();
    assertThat(
            UnusedFields.warnings(
                withoutValue(Mode.MULTIFRAME_AUDIO_GEN, "img_compression"),
                keyframes("crop"),
                RequestRules.API))
        .isEmpty();
  }

  @Test
  void aPresetWithoutLossIsNoMatter() throws Exception {
    assertThat(
            UnusedFields.warnings(
                withoutValue(Mode.AUDIO_GEN, "img_compression"),
                request(", \"quality_preset\": \"ultra\""),
                RequestRules.API))
        .isEmpty();
  }

  private static GenerationRequest keyframes(String fit) throws Exception {
    return GenerationRequest.parse(
        RequestJson.read(
            """
            {"duration": 5, "keyframes": [{"image_url": "https://e.org/a.png"},
             {"image_url": "https://e.org/b.png", "fit": "%s"}]}\
            """
                .formatted(fit)));
  }

  /** The template of a mode in which no node binds that value. */
  private static Workflow withoutValue(Mode mode, String value) throws Exception {
    ObjectNode template = (ObjectNode) new ObjectMapper().readTree(Cases.template(mode));
    for (JsonNode node : template) {
      if (node.at("/_meta/bind") instanceof ObjectNode bind) {
        bind.properties().removeIf(entry -> entry.getValue().asText().equals(value));
      }
    }
    return Workflow.parse("own.json", template.toString());
  }

  /** The template of mode 2 whose nodes of these names bind nothing. */
  private static Workflow without(String... ids) throws Exception {
    ObjectNode template = (ObjectNode) new ObjectMapper().readTree(Cases.template(Mode.AUDIO_GEN));
    for (String id : List.of(ids)) {
      ((ObjectNode) template.path(id).path("_meta")).remove("bind");
    }
    return Workflow.parse("own.json", template.toString());
  }

  private static GenerationRequest request(String more) throws Exception {
    return GenerationRequest.parse(
        RequestJson.read("{\"image_url\": \"https://e.org/a.png\", \"duration\": 5" + more + "}"));
  }
}
