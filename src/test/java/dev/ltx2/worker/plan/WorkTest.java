package dev.ltx2.worker.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestJson;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Figures that were worked out by hand from the published ones of two stages. */
class WorkTest {
  private static final SamplingRules TWO =
      new SamplingRules(
          "two",
          64,
          List.of(new SamplingRules.StageRules(2, 1), new SamplingRules.StageRules(1, 1)),
          Map.of(
              "d",
              List.of(
                  new SigmaList(
                      "1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0"),
                  new SigmaList("0.85, 0.7250, 0.4219, 0.0"))),
          Map.of(),
          false);

  private static GenerationRequest request(String more) throws Exception {
    return GenerationRequest.parse(
        RequestJson.read("{\"image_url\": \"https://e.org/a.png\", \"duration\": 5" + more + "}"));
  }

  private static Sampling two(int width, int height, int steps) {
    return Sampling.of(TWO, width, height, steps, "d");
  }

  /** 1280x704, 185 frames: 21,120 tokens, a quarter of it in the half. */
  @Test
  void twoStagesAreSixtyTwoPercentOfOne() throws Exception {
    GenerationPlan one = OneStage.plan(request(", \"height\": 704"), 5, 1);
    assertThat(Work.of(one)).isEqualTo(new Work(List.of(new Work.StageWork(21_120, 8))));
    assertThat(Work.of(one).linear()).isEqualTo(168_960);

    Work work = Work.of(Replanned.with(one, two(1280, 704, 8)));
    assertThat(work.stages())
        .containsExactly(new Work.StageWork(5_280, 8), new Work.StageWork(21_120, 3));
    assertThat(work.linear()).isEqualTo(105_600);
    assertThat(Math.round(100.0 * work.attention() / Work.of(one).attention())).isEqualTo(44);
  }

  /** A model that is not distilled also computes what the negative prompt wants. */
  @Test
  void aStepOfTwoPassesIsTwiceTheWork() throws Exception {
    SamplingRules rules =
        new SamplingRules(
            "cfg",
            32,
            List.of(new SamplingRules.StageRules(1, 2)),
            Map.of("simple", List.of()),
            Map.of(),
            false);
    GenerationPlan plan = OneStage.plan(request(", \"height\": 704"), 5, 1);
    Work work = Work.of(Replanned.with(plan, Sampling.of(rules, 1280, 704, 8, "simple")));
    assertThat(work.stages()).containsExactly(new Work.StageWork(21_120, 16));
    assertThat(work.linear()).isEqualTo(2 * 168_960);
  }

  /** 4 guides are 4 latent frames: 24,640 and 6,160 tokens. */
  @Test
  void guidesAreLatentFramesInBothStages() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"duration": 5, "height": 704, "keyframes": [{"image_url": "https://e.org/a.png"},
                 {"image_url": "https://e.org/b.png"}, {"image_url": "https://e.org/c.png"}]}\
                """));
    GenerationPlan plan = OneStage.plan(request, 5, 1);
    assertThat(plan.guides()).hasSize(4);
    assertThat(Work.of(Replanned.with(plan, two(1280, 704, 8))).stages())
        .extracting(Work.StageWork::tokens)
        .containsExactly(6_160L, 24_640L);
  }

  @Test
  void sizesAreGeneratedInMultiplesAndCutInTheMiddle() {
    Sampling sampling = two(1280, 736, 8);
    assertThat(sampling.width()).isEqualTo(1280);
    assertThat(sampling.height()).isEqualTo(768);
    assertThat(sampling.cutLeft(1280)).isZero();
    assertThat(sampling.cutTop(736)).isEqualTo(16);
    assertThat(two(130, 2046, 8).width()).isEqualTo(192);
    assertThat(two(130, 2046, 8).cutLeft(130)).isEqualTo(31);
    assertThat(two(130, 2046, 8).height()).isEqualTo(2048);
  }

  @Test
  void stepsAreTheFirstStages() {
    assertThat(two(256, 256, 12).stages()).extracting(SamplingStage::steps).containsExactly(12, 3);
    assertThat(two(256, 256, 12).stages().getLast().sigmas())
        .contains(new SigmaList("0.85, 0.7250, 0.4219, 0.0"));
  }
}
