package dev.ltx2.worker.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.RequestJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanJsonTest {
  @Test
  void theMainExampleToTheLetter() throws Exception {
    byte[] json = Files.readAllBytes(Path.of("test-fixtures/requests/multiframe-lipsync.json"));
    GenerationRequest request =
        GenerationRequest.parse(RequestJson.read(json), AcceptedSources.REMOTE_AND_FILES);

    assertThat(PlanJson.of(OneStage.plan(request, 5.0, 42)).toString())
        .isEqualTo(
            """
            {"mode":"3a","width":1280,"height":736,"fps":30,"duration":5.0,"buffer_seconds":1.0,\
            "content_frames":151,"frames":181,"length":185,"delivered_frames":181,\
            "model_set":"one-stage","generated_width":1280,"generated_height":736,\
            "audio_frames":null,"steps":8,"seed":42,\
            "loras":{"camera":0.3,"distilled":0.6,"detailer":1.0},\
            "schedule":"simple","stages":[{"width":1280,"height":736,"steps":8}],\
            "work":{"token_steps":206080,"attention":5308620800,\
            "stages":[{"tokens":25760,"runs":8}]},\
            "guides":[{"keyframe":1,"frame":0,"strength":1.0},\
            {"keyframe":2,"frame":72,"strength":0.8},\
            {"keyframe":3,"frame":144,"strength":0.8},\
            {"keyframe":3,"frame":176,"strength":0.8}],"warnings":[]}\
            """);
  }

  @Test
  void generatedAudioAndWarnings() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"image_url": "https://e.org/a.png", "duration": 3.217, "height": 80,
                 "seed": 9223372036854775807, "quality_preset": "ultra", "buffer_seconds": 0}\
                """));

    assertThat(PlanJson.of(OneStage.plan(request, 3.217, request.seed().orElseThrow())).toString())
        .isEqualTo(
            """
            {"mode":"2","width":1280,"height":96,"fps":30,"duration":3.217,"buffer_seconds":0.0,\
            "content_frames":98,"frames":98,"length":105,"delivered_frames":98,\
            "model_set":"one-stage","generated_width":1280,"generated_height":96,\
            "audio_frames":81,"steps":12,"seed":9223372036854775807,\
            "loras":{"camera":0.3,"distilled":0.8,"detailer":1.0},\
            "schedule":"simple","stages":[{"width":1280,"height":96,"steps":12}],\
            "work":{"token_steps":20160,"attention":33868800,"stages":[{"tokens":1680,"runs":12}]},\
            "guides":[],\
            "warnings":["height 80 is rounded to 96, the nearest multiple of 32"]}\
            """);
  }

  /** Of a set that samples twice by lists of its own, and has a LoRA to hold the image. */
  @Test
  void noiseLevelsAndTheLoraForTheImage() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read("{\"image_url\": \"https://e.org/a.png\", \"duration\": 5}"));
    GenerationPlan plan = OneStage.plan(request, 5, 1);
    assertThat(PlanJson.of(plan).at("/loras").has("i2v")).isFalse();
    assertThat(PlanJson.of(plan).at("/stages/0").has("sigmas")).isFalse();

    SamplingRules rules =
        new SamplingRules(
            "own",
            32,
            List.of(new SamplingRules.StageRules(1, 1)),
            Map.of("d", List.of(new SigmaList("1.0, 0.5, 0.0"))),
            Map.of(),
            false);
    GenerationPlan own =
        Replanned.with(
            plan,
            Sampling.of(rules, plan.width(), plan.height(), 2, "d"),
            new Loras(0.3, 0.6, 1, 0.5));
    assertThat(PlanJson.of(own).at("/loras/i2v").asDouble()).isEqualTo(0.5);
    assertThat(PlanJson.of(own).at("/stages/0/sigmas").asText()).isEqualTo("1.0, 0.5, 0.0");
  }
}
