package dev.ltx2.worker.workflow;

import static dev.ltx2.worker.request.Mode.AUDIO_GEN;
import static dev.ltx2.worker.request.Mode.LIPSYNC;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_AUDIO_GEN;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_LIPSYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Cases.Case;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkflowFillTest {
  private static final JsonMapper JSON = new JsonMapper();

  /** What a model set's description is held against. */
  @Test
  void tellsWhichNodesBindAValueAndWhichSchedulersMayBeReplaced() throws Exception {
    Workflow one = Workflow.parse("a.json", Cases.template(Mode.LIPSYNC));
    assertThat(one.binding("EmptyLTXVLatentVideo", "width")).containsExactly("latent");
    assertThat(one.binding("EmptyLTXVLatentVideo", "half_width")).isEmpty();
    assertThat(one.binding("ImageScale", "width")).isEmpty();
    assertThat(one.replaceableSchedulers()).containsExactly(1);
    Path two = Path.of("workflows/ltx-2.3/multiframe-audio-gen.json");
    assertThat(Workflow.parse("a.json", Files.readString(two)).replaceableSchedulers()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void theFourTemplatesRunAsTheyStand(Mode mode) throws Exception {
    Workflow workflow = Cases.workflow(mode);

    assertThat(workflow.mode()).isEqualTo(mode);
    assertThat(workflow.file()).isEqualTo(mode.workflow() + ".json");
    assertThat(GraphLint.check(workflow.file(), workflow.nodes(), ObjectInfo.recorded())).isEmpty();
    assertThat(workflow.nodes().valueStream().toList())
        .allSatisfy(node -> assertThat(node.path("_meta").path("title").asText()).isNotBlank());
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void fillsCopiesAndNeverTheTemplate(Mode mode) throws Exception {
    Workflow workflow = Cases.workflow(mode);
    ObjectNode before = workflow.nodes();
    Case job = job(mode);

    Graph one = workflow.fill(job.plan(), job.inputs());
    one.nodes().valueStream().forEach(node -> ((ObjectNode) node.path("inputs")).removeAll());
    Graph two = workflow.fill(job.plan(), job.inputs());

    assertThat(workflow.nodes()).isEqualTo(before);
    assertThat(GraphLint.check("two", two.nodes(), ObjectInfo.recorded())).isEmpty();
    assertThat(two.nodes().toString()).doesNotContain("bind", "for_each", "carry", "drop_if_zero");
  }

  @ParameterizedTest
  @CsvSource({
    "0.3, 0.6, 1.0, camera detailer distilled checkpoint",
    "0.0, 0.6, 1.0, detailer distilled checkpoint",
    "0.3, 0.0, 1.0, camera detailer checkpoint",
    "0.3, 0.6, 0.0, camera distilled checkpoint",
    "0.0, 0.6, 0.0, distilled checkpoint",
    "-0.0, 0.0, 0.0, checkpoint",
    "2.0, 1e-9, 0.0, camera distilled checkpoint",
  })
  void zeroLorasAreNotInTheChain(double camera, double distilled, double detailer, String chain)
      throws Exception {
    Case job = job(LIPSYNC).loras(camera, distilled, detailer);
    ObjectNode nodes = Cases.workflow(LIPSYNC).fill(job.plan(), job.inputs()).nodes();

    List<String> seen = new ArrayList<>();
    String id = nodes.at("/guider/inputs/model/0").asText();
    while (!id.isEmpty()) {
      seen.add(id);
      id = nodes.at("/" + id + "/inputs/model/0").asText();
    }
    assertThat(String.join(" ", seen)).isEqualTo(chain);
    assertThat(nodes.at("/sigmas/inputs/model")).isEqualTo(nodes.at("/guider/inputs/model"));
    assertThat(nodes.valueStream().filter(n -> n.path("class_type").asText().startsWith("Lora")))
        .hasSize(seen.size() - 1);
  }

  /** A zero that nothing binds is dropped like a bound one. */
  @Test
  void aZeroInTheFileIsDropped() throws Exception {
    ObjectNode template = (ObjectNode) JSON.readTree(Cases.template(LIPSYNC));
    Patch.apply(template, "{'camera': {'inputs': {'strength_model': 0}, '_meta': {'bind': null}}}");
    Case job = job(LIPSYNC);

    ObjectNode nodes =
        Workflow.parse("x.json", template.toString()).fill(job.plan(), job.inputs()).nodes();

    assertThat(nodes.has("camera")).isFalse();
    assertThat(nodes.at("/guider/inputs/model/0").asText()).isEqualTo("detailer");
  }

  @Test
  void nodesPerGuideAreLinkedToTheirOwnCopies() throws Exception {
    ObjectNode template = (ObjectNode) JSON.readTree(Cases.template(MULTIFRAME_LIPSYNC));
    Patch.apply(template, "{'preprocessed': {'_meta': {'for_each': 'guide'}}}");
    Case job =
        Case.of(
            MULTIFRAME_LIPSYNC,
            1280,
            736,
            30,
            5.0,
            1.0,
            new Guide(2, 0, 1.0),
            new Guide(1, 72, 0.8),
            new Guide(2, 176, 0.7));

    ObjectNode nodes =
        Workflow.parse("x.json", template.toString()).fill(job.plan(), job.inputs()).nodes();

    for (int guide = 1; guide <= 3; guide++) {
      assertThat(nodes.at("/guide_" + guide + "/inputs/image/0").asText())
          .isEqualTo("preprocessed_" + guide);
    }
    assertThat(nodes.at("/preprocessed_1/inputs/image/0").asText()).isEqualTo("resized_2");
    assertThat(nodes.at("/preprocessed_2/inputs/image/0").asText()).isEqualTo("resized_1");
    assertThat(nodes.at("/preprocessed_3/inputs/image/0").asText()).isEqualTo("resized_2");
  }

  /** Also what the four graphs do not bind; docs/decisions.md lists all of them. */
  @ParameterizedTest
  @CsvSource({
    "width, 1280",
    "height, 736",
    "generated_width, 1280",
    "generated_height, 736",
    "half_width, 640",
    "half_height, 368",
    "cut_left, 0",
    "cut_top, 0",
    "sigmas, '1.0, 0.0'",
    "sigmas_2, '0.5, 0.0'",
    "fps, 30",
    "duration, 5.0",
    "buffer_seconds, 1.0",
    "content_frames, 151",
    "frames, 181",
    "length, 185",
    "delivered_frames, 150",
    "audio_frames, 125",
    "steps, 8",
    "seed, 42",
    "lora_camera, 0.3",
    "lora_distilled, 0.6",
    "lora_detailer, 1.0",
    "lora_i2v, 0.0",
    "img_compression, 23",
    "img_strength, 1.0",
    "prompt_positive, A person speaks",
    "prompt_negative, blurry",
    "video_prefix, jobs/sync-7f3a/video",
    "audio_prefix, jobs/sync-7f3a/audio",
    "image, jobs/sync-7f3a/image_2.png",
    "crop_width, 0",
    "crop_height, 0",
    "frame, 144",
    "strength, 0.8"
  })
  void bindableValues(String name, String value) {
    Guide guide = new Guide(2, 144, 0.8);
    Case job =
        Case.of(MULTIFRAME_AUDIO_GEN, 1280, 736, 30, 5.0, 1.0, guide)
            .trimmed()
            .sigmas("1.0, 0.0", "0.5, 0.0");

    assertThat(
            Binding.named(name)
                .orElseThrow()
                .of(new BindingContext(job.plan(), job.inputs(), 1, 2, guide))
                .asText())
        .isEqualTo(value);
    assertThat(Binding.labels().split(", ", -1)).hasSize(36).contains(name);
  }

  /** The scheduler's id and title stay, so that its readers and the log do. */
  @Test
  void aListOfSigmasReplacesTheScheduler() throws Exception {
    Guide guide = new Guide(1, 0, 1.0);
    Case job = Case.of(MULTIFRAME_AUDIO_GEN, 1280, 736, 30, 5.0, 1.0, guide);
    Workflow workflow = Cases.workflow(MULTIFRAME_AUDIO_GEN);
    ObjectNode usual = workflow.fill(job.plan(), job.inputs()).nodes();
    Case listed = job.sigmas("1.0, 0.5, 0.0");
    ObjectNode nodes = workflow.fill(listed.plan(), listed.inputs()).nodes();

    assertThat(nodes.path("sigmas"))
        .isEqualTo(
            JSON.readTree(
                """
                {"class_type": "ManualSigmas", "inputs": {"sigmas": "1.0, 0.5, 0.0"},
                 "_meta": {"title": "Sigmas"}}\
                """));
    assertThat(usual.at("/sigmas/class_type").asText()).isEqualTo("BasicScheduler");
    nodes.remove("sigmas");
    usual.remove("sigmas");
    assertThat(nodes).isEqualTo(usual);
  }

  @Test
  void guidesAreChainedAndShareTheirKeyframesNodes() throws Exception {
    ObjectNode nodes = filled(new Guide(2, 0, 1.0), new Guide(1, 72, 0.8), new Guide(2, 176, 0.7));

    assertThat(nodes.at("/guide_1/inputs"))
        .isEqualTo(
            JSON.readTree(
                """
                {"positive": ["conditioning", 0], "negative": ["conditioning", 1],
                 "vae": ["checkpoint", 2], "latent": ["latent", 0],
                 "image": ["preprocessed_2", 0], "frame_idx": 0, "strength": 1.0}\
                """));
    assertThat(nodes.at("/guide_3/inputs"))
        .isEqualTo(
            JSON.readTree(
                """
                {"positive": ["guide_2", 0], "negative": ["guide_2", 1],
                 "vae": ["checkpoint", 2], "latent": ["guide_2", 2],
                 "image": ["preprocessed_2", 0], "frame_idx": 176, "strength": 0.7}\
                """));
    assertThat(nodes.at("/preprocessed_2/inputs/image/0").asText()).isEqualTo("resized_2");
    assertThat(nodes.at("/resized_2/inputs/image/0").asText()).isEqualTo("image_2");
    assertThat(nodes.at("/image_2/inputs/image").asText()).endsWith("image_2.png");
    assertThat(nodes.at("/guide_3/_meta/title").asText()).isEqualTo("Guide 3");
    assertThat(nodes.at("/guider/inputs/positive")).isEqualTo(JSON.readTree("[\"guide_3\", 0]"));
    assertThat(nodes.at("/cropped/inputs/negative")).isEqualTo(JSON.readTree("[\"guide_3\", 1]"));
    assertThat(nodes.at("/av_latent/inputs/video_latent/0").asText()).isEqualTo("guide_3");
    assertThat(nodes.has("image_3") || nodes.has("guide") || nodes.has("image")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"checkpoint\", 0]",
        "{\"__value__\": 1}",
        "{\"bind\": {\"text\": \"seed\"}}",
        "null",
        "",
        "%date:yyyy-MM-dd%",
        "prompt_positive"
      })
  void aPromptIsAlwaysText(String prompt) throws Exception {
    Case job = job(AUDIO_GEN).prompt(prompt, prompt);
    ObjectNode nodes = Cases.workflow(AUDIO_GEN).fill(job.plan(), job.inputs()).nodes();
    JsonNode sent = JSON.readTree(JSON.writeValueAsBytes(nodes));

    for (String id : List.of("positive", "negative")) {
      JsonNode text = sent.path(id).path("inputs").path("text");
      assertThat(text.isTextual()).isTrue();
      assertThat(text.textValue()).isEqualTo(prompt);
    }
    assertThat(GraphLint.check("prompt", nodes, ObjectInfo.recorded())).isEmpty();
  }

  /** Whatever the plan: the lint passes, and nodes are as many as guides and keyframes ask for. */
  @Test
  void anyPlanGivesAAudioGraph() throws Exception {
    Random random = new Random(20261121);
    for (int run = 0; run < 300; run++) {
      Mode mode = List.of(Mode.values()).get(random.nextInt(4));
      int images = mode.multiframe() ? 1 + random.nextInt(12) : 0;
      List<Guide> guides = new ArrayList<>();
      for (int i = 0; i < images; i++) {
        guides.add(new Guide(i + 1, random.nextInt(1800), random.nextDouble()));
      }
      if (images > 0 && random.nextBoolean()) {
        guides.add(new Guide(1 + random.nextInt(images), 1800, 1.0));
      }
      Case job =
          Case.of(
                  mode,
                  64 + 32 * random.nextInt(63),
                  64 + 32 * random.nextInt(63),
                  1 + random.nextInt(60),
                  1 + 29 * random.nextDouble(),
                  10 * random.nextDouble(),
                  guides.toArray(Guide[]::new))
              .loras(zeroOr(random), zeroOr(random), zeroOr(random))
              .seed(random.nextLong() & Long.MAX_VALUE);
      Workflow workflow = Cases.workflow(mode);
      ObjectNode nodes = workflow.fill(job.plan(), job.inputs()).nodes();

      assertThat(GraphLint.check("run " + run, nodes, ObjectInfo.recorded())).isEmpty();
      assertThat(count(nodes, "LTXVAddGuide")).isEqualTo(guides.size());
      assertThat(count(nodes, "LoadImage")).isEqualTo(Math.max(1, images));
      assertThat(nodes.at("/delivered/inputs/length").asInt()).isEqualTo(job.plan().frames());
      assertThat(nodes.at("/noise/inputs/noise_seed").asLong()).isEqualTo(job.plan().seed());
    }
  }

  @Test
  void refusesWhatDoesNotFitThePlan() throws Exception {
    Workflow multiframe = Cases.workflow(MULTIFRAME_AUDIO_GEN);
    Case noGuides = Case.of(MULTIFRAME_AUDIO_GEN, 1280, 736, 30, 5, 1);
    assertThatThrownBy(() -> multiframe.fill(noGuides.plan(), noGuides.inputs()))
        .isInstanceOf(WorkflowException.class)
        .hasMessage(
            "multiframe-audio-gen.json: node 'guide': for_each guide, but the plan has no guides");

    GraphInputs none = Cases.inputs(MULTIFRAME_AUDIO_GEN, 0, "a", "b");
    assertThatThrownBy(() -> multiframe.fill(noGuides.plan(), none))
        .hasMessage("multiframe-audio-gen.json: mode 3b cannot be filled with 0 images");

    Case third = Case.of(MULTIFRAME_AUDIO_GEN, 1280, 736, 30, 5, 1, new Guide(3, 0, 1));
    GraphInputs two = Cases.inputs(MULTIFRAME_AUDIO_GEN, 2, "a", "b");
    assertThatThrownBy(() -> multiframe.fill(third.plan(), two))
        .hasMessage("multiframe-audio-gen.json: a guide shows keyframe 3, but there are 2 images");

    Case lipsync = job(LIPSYNC);
    assertThatThrownBy(() -> multiframe.fill(lipsync.plan(), lipsync.inputs()))
        .hasMessage("multiframe-audio-gen.json: made for mode 3b, cannot run mode 1");

    GraphInputs silent = new GraphInputs("a", "b", List.of("a.png"), null, "jobs/x/");
    assertThatThrownBy(() -> Cases.workflow(LIPSYNC).fill(lipsync.plan(), silent))
        .hasMessage("lipsync.json: binds 'audio', but there is no speech");
    assertThatThrownBy(
            () -> Cases.workflow(LIPSYNC).fill(lipsync.plan(), Cases.inputs(LIPSYNC, 2, "a", "b")))
        .hasMessage("lipsync.json: mode 1 cannot be filled with 2 images");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jobs/x",
        "jobs/%year%/",
        "",
        "/jobs/x/",
        "../x/",
        "jobs/./",
        "jobs//",
        "jobs/x/ [output]/"
      })
  void filePrefixIsTheWorkersOwn(String prefix) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphInputs("a", "b", List.of("a.png"), null, prefix))
        .withMessageContaining("filePrefix '" + prefix + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png [output]", "../a.png", "jobs/x/", "", "a b.png", "/etc/passwd"})
  void fileNamesAreTheWorkersOwn(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphInputs("a", "b", List.of(name), null, "jobs/x/"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphInputs("a", "b", List.of("a.png"), name, "jobs/x/"));
  }

  private static double zeroOr(Random random) {
    return random.nextBoolean() ? 0 : 2 * random.nextDouble();
  }

  private static long count(ObjectNode nodes, String type) {
    return nodes.valueStream().filter(n -> n.path("class_type").asText().equals(type)).count();
  }

  private static Case job(Mode mode) {
    return mode.multiframe()
        ? Case.of(mode, 1280, 736, 30, 5.0, 1.0, new Guide(1, 0, 1.0), new Guide(2, 144, 0.8))
        : Case.of(mode, 1280, 736, 30, 5.0, 1.0);
  }

  private static ObjectNode filled(Guide... guides) throws Exception {
    Case job = Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 1.0, guides);
    return Cases.workflow(MULTIFRAME_LIPSYNC).fill(job.plan(), job.inputs()).nodes();
  }
}
