package dev.ltx2.worker.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationPlanTest {

  /** Figures from a calculation in exact fractions, apart from this code; guides keyframe@frame. */
  @ParameterizedTest
  @CsvSource(
      useHeadersInDisplayName = true,
      textBlock =
          """
          d, b, fps, align, n, strategy, trim, C, F, L, delivered, audio, guides
          5.0, 1.0, 30, 8, 3, add_node, false, 151, 181, 185, 181, 125, 1@0 2@72 3@144 3@176
          5.0, 1.0, 30, 8, 3, extend_last, false, 151, 181, 185, 181, 125, 1@0 2@72 3@176
          5.0, 1.0, 30, 8, 3, none, false, 151, 181, 185, 181, 125, 1@0 2@72 3@144
          5.0, 1.0, 30, 8, 3, add_node, true, 151, 181, 185, 150, 125, 1@0 2@72 3@144 3@176
          5.0, 0, 30, 8, 3, add_node, false, 151, 151, 153, 151, 125, 1@0 2@72 3@144
          5.0, 0, 30, 8, 3, extend_last, true, 151, 151, 153, 150, 125, 1@0 2@72 3@144
          1.0, 1.0, 1, 8, 3, add_node, false, 2, 3, 9, 3, 25, 1@0 2@0 3@0
          1.0, 10, 1, 1, 2, add_node, false, 2, 12, 17, 12, 25, 1@0 2@1 2@11
          1.0, 10, 1, 8, 2, add_node, false, 2, 12, 17, 12, 25, 1@0 2@0 2@8
          1.0, 0, 1, 1, 1, none, true, 2, 2, 9, 1, 25, 1@0
          3.217, 0.5, 23, 5, 3, add_node, false, 75, 87, 89, 87, 81, 1@0 2@35 3@70 3@85
          3.217, 0.5, 24, 5, 3, extend_last, true, 79, 91, 97, 78, 81, 1@0 2@35 3@90
          3.217, 1.0, 25, 1, 2, add_node, false, 82, 107, 113, 107, 81, 1@0 2@81 2@106
          3.217, 0, 60, 64, 9, none, false, 195, 195, 201, 195, 81, 1@0 2@0 3@0 4@64 5@64 6@64 7@128 8@128 9@192
          3.217, 10, 30, 64, 2, add_node, true, 98, 398, 401, 97, 81, 1@0 2@64 2@384
          15.4, 1.0, 30, 8, 3, none, false, 463, 493, 497, 493, 385, 1@0 2@224 3@456
          15.4, 1.0, 30, 8, 3, add_node, true, 463, 493, 497, 462, 385, 1@0 2@224 3@456 3@488
          15.4, 0.5, 24, 8, 9, add_node, false, 371, 383, 385, 383, 385, 1@0 2@40 3@88 4@136 5@184 6@224 7@272 8@320 9@368 9@376
          29.97, 1.0, 30, 8, 9, extend_last, false, 901, 931, 937, 931, 750, 1@0 2@112 3@224 4@336 5@448 6@560 7@672 8@784 9@928
          29.97, 0.5, 60, 1, 2, add_node, true, 1800, 1830, 1833, 1799, 750, 1@0 2@1799 2@1829
          29.97, 0, 23, 64, 1, none, false, 691, 691, 697, 691, 750, 1@0
          30.0, 10, 60, 64, 9, add_node, false, 1801, 2401, 2401, 2401, 750, 1@0 2@192 3@448 4@640 5@896 6@1088 7@1344 8@1536 9@1792 9@2368
          30.0, 1.0, 30, 8, 1, add_node, false, 901, 931, 937, 931, 750, 1@0 1@928
          30.0, 1.0, 30, 8, 1, extend_last, false, 901, 931, 937, 931, 750, 1@928
          30.0, 0, 25, 5, 2, none, true, 751, 751, 753, 750, 750, 1@0 2@750
          8.3, 0, 30, 8, 2, none, true, 250, 250, 257, 249, 208, 1@0 2@248
          16.1, 0.5, 60, 1, 3, add_node, false, 967, 997, 1001, 997, 403, 1@0 2@483 3@966 3@996
          1.12, 1.0, 25, 8, 2, add_node, true, 29, 54, 57, 28, 28, 1@0 2@24 2@48
          4.1, 0.5, 30, 1, 2, none, false, 124, 139, 145, 139, 103, 1@0 2@123
          5.0, 0.05, 30, 8, 2, add_node, false, 151, 153, 153, 153, 125, 1@0 2@144 2@152
          5.0, 0.1, 30, 64, 2, add_node, false, 151, 154, 161, 154, 125, 1@0 2@128
          """)
  void figures(
      String d,
      String b,
      int fps,
      int alignment,
      int keyframes,
      String strategy,
      boolean trim,
      int content,
      int frames,
      int length,
      int delivered,
      int audio,
      String guides)
      throws Exception {
    GenerationPlan plan = plan(d, b, fps, alignment, keyframes, strategy, trim);

    assertThat(plan.contentFrames()).as("content").isEqualTo(content);
    assertThat(plan.frames()).as("frames").isEqualTo(frames);
    assertThat(plan.length()).as("length").isEqualTo(length);
    assertThat(plan.deliveredFrames()).as("delivered").isEqualTo(delivered);
    assertThat(plan.audioFrames()).as("audio").hasValue(audio);
    assertThat(shown(plan)).isEqualTo(guides);
  }

  /** The whole grid against the formulas in decimals, where nothing is rounded by accident. */
  @ParameterizedTest
  @ValueSource(ints = {1, 23, 24, 25, 30, 60})
  void gridAgainstExactDecimals(int fps) throws Exception {
    for (String d : List.of("1.0", "3.217", "5.0", "15.4", "29.97", "30.0")) {
      for (String b : List.of("0", "0.5", "1.0", "10")) {
        for (int alignment : List.of(1, 5, 8, 64)) {
          for (int keyframes : List.of(1, 2, 3, 9)) {
            for (String strategy : List.of("add_node", "extend_last", "none")) {
              GenerationPlan plan = plan(d, b, fps, alignment, keyframes, strategy, false);
              int content = exactCeil(d, "0", fps) + 1;
              int frames = exactCeil(d, b, fps) + 1;
              assertThat(plan.contentFrames()).isEqualTo(content);
              assertThat(plan.frames()).isEqualTo(frames);
              assertThat(plan.deliveredFrames()).isEqualTo(frames);
              assertThat(plan.length() % 8).isEqualTo(1);
              assertThat(plan.length()).isBetween(frames, frames + 7);
              assertThat(plan.audioFrames()).hasValue(exactCeil(d, "0", 25));
              assertThat(shown(plan))
                  .as("%s %s %d %d %d %s", d, b, fps, alignment, keyframes, strategy)
                  .isEqualTo(oracle(content, frames, b, alignment, keyframes, strategy));
              assertThat(plan(d, b, fps, alignment, keyframes, strategy, true).deliveredFrames())
                  .isEqualTo(content - 1);
            }
          }
        }
      }
    }
  }

  @Test
  void properties() throws Exception {
    Random random = new Random(20260204);
    for (int i = 0; i < 5000; i++) {
      String d = decimal(random, 1000, 30000);
      String b = decimal(random, 0, 10000);
      int fps = random.nextInt(1, 61);
      int alignment = random.nextInt(1, 65);
      List<String> positions =
          random.ints(random.nextInt(1, 10), 0, 1001).mapToObj(p -> "" + p / 1000.0).toList();
      String strategy = List.of("add_node", "extend_last", "none").get(random.nextInt(3));
      boolean trim = random.nextBoolean();
      GenerationPlan plan = of(d, b, fps, alignment, positions, strategy, trim);
      String drawn = "%s %s %d %d %s %s".formatted(d, b, fps, alignment, positions, strategy);

      assertThat(plan.frames()).as(drawn).isEqualTo(exactCeil(d, b, fps) + 1);
      assertThat(plan.contentFrames()).as(drawn).isBetween(2, plan.frames());
      assertThat(plan.deliveredFrames())
          .as(drawn)
          .isEqualTo(trim ? plan.contentFrames() - 1 : plan.frames());
      int added = plan.guides().size() - positions.size();
      assertThat(added).as(drawn).isBetween(0, strategy.equals("add_node") ? 1 : 0);
      for (int g = 0; g < plan.guides().size(); g++) {
        Guide guide = plan.guides().get(g);
        assertThat(guide.frame()).as(drawn).isBetween(0, plan.frames() - 1);
        assertThat(guide.frame() % alignment).as(drawn).isZero();
        if (g < positions.size()) {
          assertThat(guide.keyframe()).as(drawn).isEqualTo(g + 1);
        }
      }
      if (strategy.equals("none")) {
        for (int g = 0; g < positions.size(); g++) {
          int exact = exactIndex(positions.get(g), plan.contentFrames());
          assertThat(plan.guides().get(g).frame()).as(drawn).isEqualTo(exact - exact % alignment);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8.3, 30, 250", // 249.00000000000003
    "16.1, 60, 967", // 966.0000000000001
    "4.1, 30, 124", // 122.99999999999999
    "2.2, 25, 56", // 55.00000000000001
    "5.00000001, 30, 151", // below the guard: 3e-7 of a frame
    "5.000001, 30, 152", // above it: 3e-5 of a frame
  })
  void noiseAddsNoFrame(double duration, int fps, int content) throws Exception {
    GenerationRequest request = request("5.0", "0", fps, 1, List.of("0"), "none", false);

    assertThat(OneStage.plan(request, duration, 1).contentFrames()).isEqualTo(content);
  }

  @ParameterizedTest
  @CsvSource({
    "0.58, 50, 29", // 28.999999999999996
    "0.7, 90, 63", // 62.99999999999999
    "0.29, 100, 29", // 28.999999999999996
    "0.3333333333333333, 90, 30", // a third, as a client's division gives it
    "0.6666666666666666, 90, 60",
    "0.35, 180, 63", // 62.99999999999999
  })
  void noiseLosesNoFrame(String position, int lastFrame, int index) throws Exception {
    GenerationRequest request = request("5.0", "0", 10, 1, List.of(position), "none", false);
    GenerationPlan plan = OneStage.plan(request, lastFrame / 10.0, 1);

    assertThat(plan.contentFrames()).isEqualTo(lastFrame + 1);
    assertThat(plan.guides()).containsExactly(new Guide(1, index, 1.0));
  }

  @Test
  void guidesKeepTheRequestsOrderAndTheAddedOneIsLast() throws Exception {
    GenerationPlan plan = of("5.0", "1.0", 30, 8, List.of("1.0", "0.5", "0"), "add_node", false);

    assertThat(shown(plan)).isEqualTo("1@144 2@72 3@0 1@176");
    assertThat(plan.guides().getLast().strength()).isEqualTo(1.0);
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void theLaterOfTwoLastKeyframesHoldsTheBuffer() throws Exception {
    GenerationPlan plan = of("5.0", "1.0", 30, 8, List.of("1.0", "0", "0.99"), "add_node", false);

    assertThat(shown(plan)).isEqualTo("1@144 2@0 3@144 3@176");
    assertThat(plan.warnings())
        .containsExactly(
            "keyframes[0] and keyframes[2] fall on one frame, 144, at frame_alignment 8: move them"
                + " apart");
  }

  @Test
  void extendingTheLaterOfTwoEqualsResolvesTheCollision() throws Exception {
    GenerationPlan plan =
        of("5.0", "1.0", 30, 8, List.of("1.0", "0", "0.99"), "extend_last", false);

    assertThat(shown(plan)).isEqualTo("1@144 2@0 3@176");
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void everyFrameWithSeveralKeyframesIsNamed() throws Exception {
    GenerationPlan plan =
        of("5.0", "0", 30, 64, List.of("0", "0.1", "0.9", "0.2", "1.0"), "none", false);

    assertThat(plan.warnings())
        .containsExactly(
            "keyframes[0], keyframes[1] and keyframes[3] fall on one frame, 0, at"
                + " frame_alignment 64: move them apart",
            "keyframes[2] and keyframes[4] fall on one frame, 128, at frame_alignment 64: move them"
                + " apart");
  }

  @Test
  void extendingIntoWhatIsCutOffIsWorthAWarning() throws Exception {
    GenerationPlan plan = plan("5.0", "1.0", 30, 8, 3, "extend_last", true);

    assertThat(plan.warnings())
        .containsExactly(
            "auto_buffer_guide extend_last moves keyframes[2] from frame 144 to frame 176, which"
                + " trim_to_audio cuts off");
  }

  /** Frame 150 is the first of those that are cut off. */
  @ParameterizedTest
  @CsvSource({"0.01, 2, 150, true", "0.01, 3, 150, true", "0.01, 4, 148, false"})
  void extendingToTheLastFrameThatIsLeftIsNone(String b, int alignment, int to, boolean warned)
      throws Exception {
    GenerationPlan plan = of("5.0", b, 30, alignment, List.of("0.9"), "extend_last", true);

    assertThat(plan.deliveredFrames()).isEqualTo(150);
    assertThat(plan.guides()).extracting(Guide::frame).containsExactly(to);
    assertThat(plan.warnings()).hasSize(warned ? 1 : 0);
  }

  @Test
  void extendingTheOnlyKeyframeIsWorthAWarning() throws Exception {
    GenerationPlan plan = plan("5.0", "1.0", 30, 8, 1, "extend_last", false);

    assertThat(plan.warnings())
        .containsExactly(
            "auto_buffer_guide extend_last moves keyframes[0] from frame 0 to frame 176: nothing"
                + " guides the start; add_node keeps it");
  }

  @ParameterizedTest
  @CsvSource({"0, 8, true", "0, 24, true", "0, 25, false", "0.1, 8, false"})
  void fewStepsWithoutTheDistilledLoraAreWorthAWarning(double lora, int steps, boolean warned)
      throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"image_url": "https://e.org/a.png", "duration": 5, "lora_distilled": %s,
                 "steps": %d}\
                """
                    .formatted(lora, steps)));

    List<String> warnings = OneStage.plan(request, 5.0, 1).warnings();
    if (warned) {
      assertThat(warnings)
          .containsExactly(
              "steps %d is few without the distilled LoRA (lora_distilled 0): take 25 or more"
                  .formatted(steps));
    } else {
      assertThat(warnings).isEmpty();
    }
  }

  @Test
  void requestsWarningsComeFirst() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"keyframes": [{"image_url": "https://e.org/a.png", "frame_position": 0},
                               {"image_url": "https://e.org/b.png", "frame_position": 0}],
                 "duration": 5, "width": 1000}\
                """));

    assertThat(OneStage.plan(request, 5.0, 1).warnings())
        .containsExactly(
            "width 1000 is rounded to 992, the nearest multiple of 32",
            "keyframes[0] and keyframes[1] fall on one frame, 0, at frame_alignment 8: move them"
                + " apart");
  }

  @Test
  void modesWithOneImageHaveNoGuidesAndKeepTheirBuffer() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"image_url": "https://e.org/a.png", "audio_url": "https://e.org/a.mp3",
                 "trim_to_audio": true}\
                """));
    GenerationPlan plan = OneStage.plan(request, 5.0, 77);

    assertThat(plan.guides()).isEmpty();
    assertThat(plan.deliveredFrames()).isEqualTo(181);
    assertThat(plan.audioFrames()).isEmpty();
    assertThat(plan.seed()).isEqualTo(77);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e12, 21474836.47})
  void impossibleLengthsAreRefused(double duration) throws Exception {
    GenerationRequest request = request("5.0", "0", 30, 8, List.of("0"), "none", false);

    assertThatThrownBy(() -> OneStage.plan(request, duration, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void drawnSeedsAreExactInJavaScript() {
    Random random = new Random(5);
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      seeds.add(GenerationPlan.drawSeed(random));
    }

    assertThat(seeds).allMatch(seed -> seed >= 0 && seed <= (1L << 53) - 1).doesNotHaveDuplicates();
    assertThat(seeds).anyMatch(seed -> seed > 1L << 52);
  }

  private static GenerationPlan plan(
      String d, String b, int fps, int alignment, int keyframes, String strategy, boolean trim)
      throws Exception {
    List<String> positions = new ArrayList<>();
    for (int i = 0; i < keyframes; i++) {
      positions.add(null);
    }
    return of(d, b, fps, alignment, positions, strategy, trim);
  }

  private static GenerationPlan of(
      String d,
      String b,
      int fps,
      int alignment,
      List<String> positions,
      String strategy,
      boolean trim)
      throws Exception {
    GenerationRequest request = request(d, b, fps, alignment, positions, strategy, trim);
    return OneStage.plan(request, request.duration().orElseThrow(), 1);
  }

  private static GenerationRequest request(
      String d,
      String b,
      int fps,
      int alignment,
      List<String> positions,
      String strategy,
      boolean trim)
      throws Exception {
    String keyframes =
        positions.stream()
            .map(p ->
                "{\"image_url\": \"https://e.org/a.png\""
                    + (p == null ? "}" : ", \"frame_position\": " + p + "}"))
            .collect(Collectors.joining(", "));
    return GenerationRequest.parse(
        RequestJson.read(
            """
            {"keyframes": [%s], "duration": %s, "buffer_seconds": %s, "fps": %d,
             "frame_alignment": %d, "auto_buffer_guide": "%s", "trim_to_audio": %s}\
            """
                .formatted(keyframes, d, b, fps, alignment, strategy, trim)));
  }

  private static String shown(GenerationPlan plan) {
    return plan.guides().stream()
        .map(guide -> guide.keyframe() + "@" + guide.frame())
        .collect(Collectors.joining(" "));
  }

  private static String oracle(
      int content, int frames, String b, int alignment, int keyframes, String strategy) {
    List<int[]> guides = new ArrayList<>();
    for (int i = 0; i < keyframes; i++) {
      int index = keyframes == 1 ? 0 : i * (content - 1) / (keyframes - 1);
      guides.add(new int[] {i + 1, index / alignment * alignment});
    }
    int end = (frames - 1) / alignment * alignment;
    int[] last = guides.stream().max(Comparator.comparingInt(g -> g[1] * 10 + g[0])).orElseThrow();
    if (new BigDecimal(b).signum() > 0 && last[1] < end) {
      if (strategy.equals("add_node")) {
        guides.add(new int[] {last[0], end});
      } else if (strategy.equals("extend_last")) {
        last[1] = end;
      }
    }
    return guides.stream().map(g -> g[0] + "@" + g[1]).collect(Collectors.joining(" "));
  }

  private static int exactCeil(String d, String b, int fps) {
    return new BigDecimal(d)
        .add(new BigDecimal(b))
        .multiply(BigDecimal.valueOf(fps))
        .setScale(0, RoundingMode.CEILING)
        .intValueExact();
  }

  private static int exactIndex(String position, int content) {
    return new BigDecimal(position)
        .multiply(BigDecimal.valueOf(content - 1L))
        .setScale(0, RoundingMode.FLOOR)
        .intValueExact();
  }

  /** Thousandths between two bounds, as a decimal a client would write. */
  private static String decimal(Random random, int from, int to) {
    return new BigDecimal(BigInteger.valueOf(random.nextInt(from, to + 1)), 3).toPlainString();
  }
}
