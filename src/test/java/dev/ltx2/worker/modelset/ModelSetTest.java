package dev.ltx2.worker.modelset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelSetTest {
  private static final Path SETS = Path.of("workflows");
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path dir;

  static Stream<Path> sets() throws IOException {
    try (Stream<Path> folders = Files.list(SETS)) {
      return folders.sorted().toList().stream();
    }
  }

  private static String text(String set) throws IOException {
    return Files.readString(SETS.resolve(set).resolve(ModelSet.FILE));
  }

  @ParameterizedTest
  @MethodSource("sets")
  void eachSetIsGood(Path folder) throws Exception {
    Workflows workflows = Workflows.load(folder);
    ModelSet set = workflows.set();
    assertThat(set.name()).isEqualTo(folder.getFileName().toString());
    assertThat(set.licences()).isNotEmpty();
    assertThat(set.request().set()).isEqualTo(set.name());
    assertThat(set.sampling().modelSet()).isEqualTo(set.name());
    assertThat(workflows.warnings()).isEmpty();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("a graph for each mode, and nothing else")
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(
                      Stream.of(ModelSet.FILE),
                      set.request().modes().stream().map(mode -> mode.workflow() + ".json"))
                  .toList());
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void itsFilesAreThoseOfItsGraphs(Path folder) throws Exception {
    ModelSet set = Workflows.load(folder).set();
    Set<String> named = new HashSet<>();
    for (Mode mode : set.request().modes()) {
      for (JsonNode node : JSON.readTree(folder.resolve(mode.workflow() + ".json").toFile())) {
        for (JsonNode input : node.path("inputs")) {
          if (input.asText().endsWith(".safetensors")) {
            named.add(input.asText());
          }
        }
      }
    }
    assertThat(set.files())
        .extracting(path -> path.substring(path.indexOf('/') + 1))
        .containsExactlyInAnyOrderElementsOf(named);
  }

  /** What plans count as work must be what the sampler does: a CFG++ one runs the model twice. */
  @ParameterizedTest
  @MethodSource("sets")
  void passesAreThoseOfTheSamplers(Path folder) throws Exception {
    ModelSet set = Workflows.load(folder).set();
    for (Mode mode : set.request().modes()) {
      List<Integer> passes = new ArrayList<>();
      for (JsonNode node : JSON.readTree(folder.resolve(mode.workflow() + ".json").toFile())) {
        switch (node.path("class_type").asText()) {
          case "KSamplerSelect" ->
              passes.add(node.at("/inputs/sampler_name").asText().endsWith("_cfg_pp") ? 2 : 1);
          case "SamplerEulerAncestral" -> passes.add(1);
          case "CFGGuider" -> assertThat(node.at("/inputs/cfg").doubleValue()).isEqualTo(1);
          default -> {}
        }
      }
      assertThat(set.sampling().stages()).extracting(stage -> stage.passes()).isEqualTo(passes);
    }
  }

  @Test
  void theApisOwnSetHasTheApisRules() throws Exception {
    RequestRules rules = Workflows.load(SETS.resolve("ltx-2")).set().request();
    assertThat(rules.presets()).isEqualTo(RequestRules.API.presets());
    assertThat(rules.preset()).isEqualTo(RequestRules.API.preset());
    assertThat(rules.numbers()).isEqualTo(RequestRules.API.numbers());
    assertThat(rules.missing()).isEqualTo(RequestRules.API.missing());
    assertThat(rules.sizes()).isEqualTo(RequestRules.API.sizes());
    assertThat(rules.modes()).isEqualTo(RequestRules.API.modes());
    assertThat(rules.schedule()).isEqualTo(RequestRules.API.schedule());
    assertThat(rules.schedules()).containsExactly("simple", "distilled");
  }

  /** One thing changed in a good file, and what is said of it; {@code ~} is a line's end. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"title\"|\"titel\"|line 2: titel: unknown key: did you mean title?",
        "\"title\"|\"titel\"|line 1: 'title' is missing, must be a text",
        "\"exact\": true|\"exact\": 1|line 16: sizes.exact: must be true or false",
        "\"multiple_of\": 64|\"multiple_of\": 32|gives latents that are no multiple of 32",
        "\"fast\": {\"steps\": 6|\"fast\": {\"stepps\": 6|line 19: presets.fast.stepps: unknown"
            + " key: did you mean steps?",
        "\"fast\": {\"steps\": 6|\"fast\": {\"steps\": 101|line 19: presets.fast.steps: must be an"
            + " integer from 1 to 100",
        "\"fast\": {|\"quick\": {|line 19: presets.quick: unknown key (known: fast, high, ultra)",
        "\"min\": 128, \"max\": 2048, \"default\": 1280|\"min\": 128, \"max\": 20, \"default\":"
            + " 1280|line 24: fields.width: min 128 is above max 20",
        "\"img_strength\": {\"min\": 0,|\"img_strength\": {|line 31: fields.img_strength: 'min' is"
            + " missing, must be a number",
        "\"lora_camera\", |\"seed\", |'seed' is no field that a set may do without",
        "[\"1\", \"2\",|[\"1\", \"4\",|line 15: modes: '4' is no mode: 1, 2, 3a or 3b",
        "\"schedule\": \"distilled\"|\"schedule\": \"fast\"|the default schedule fast is none",
        "0.85, 0.7250|0.85, 0.9250|must fall, but 0.9250 stands behind 0.85",
        "\"0.85, 0.7250, 0.4219, 0.0\"||sigmas: 1 lists for 2 stages: one each",
        "\"divisor\": 1,|\"divisor\": 2,|stages: the last stage has the full size",
        "loras/ltx-2.3|/ltx-2.3|'/ltx-2.3-22b-distilled-lora-384.safetensors' is no path",
      })
  void faultsAreNamedWithTheirLine(String what, String instead, String message) throws Exception {
    String good = text("ltx-2.3");
    assertThat(good).contains(what);
    String bad = good.replace(what, instead == null ? "" : instead);
    bad = bad.replaceFirst(",(\\s*\\n\\s*)\\n(\\s*\\])", "$1$2");
    String file = bad;
    assertThatThrownBy(() -> ModelSet.parse("x", "x/set.json", file))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith("x/set.json line ")
        .hasMessageContaining(message);
  }

  @Test
  void allFaultsAreToldAtOnce() throws Exception {
    String bad = text("ltx-2.3").replace("\"steps\": 6", "\"steps\": 0").replace("titl", "totl");
    assertThatThrownBy(() -> ModelSet.parse("x", "set.json", bad))
        .hasMessageContaining("totle: unknown key")
        .hasMessageContaining("'title' is missing")
        .hasMessageContaining("presets.fast.steps: must be an integer");
  }

  @Test
  void whatIsNoJsonIsToldByLine() {
    assertThatThrownBy(() -> ModelSet.parse("x", "set.json", "{\n\"a\": 1,\n}"))
        .hasMessageStartingWith("set.json line 3: not JSON: ");
    assertThatThrownBy(() -> ModelSet.parse("x", "set.json", "{\"a\": 1, \"a\": 2}"))
        .hasMessageContaining("Duplicate field 'a'");
    assertThatThrownBy(() -> ModelSet.parse("x", "set.json", "[]"))
        .hasMessage("set.json: not a JSON object");
  }

  /** A set's folder of one's own, with one thing changed in one of its files. */
  private Path changed(String set, String file, String what, String instead) throws IOException {
    Path folder = Files.createDirectories(dir.resolve("own"));
    try (Stream<Path> files = Files.list(SETS.resolve(set))) {
      for (Path from : files.toList()) {
        String text = Files.readString(from);
        if (from.endsWith(file)) {
          assertThat(text).contains(what);
          text = text.replace(what, instead);
        }
        Files.writeString(folder.resolve(from.getFileName().toString()), text);
      }
    }
    return folder;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ltx-2.3|lipsync.json|\"bind\": {\"img_compression\": \"img_compression\"}|\"bind\": {}|"
            + "lipsync.json: no node binds 'img_compression': bind it, or name it in \"missing\" of"
            + " set.json",
        "ltx-2.3|set.json|\"missing\": [|\"missing\": [\"prompt_negative\", |binds"
            + " 'prompt_negative', which set.json calls missing",
        "ltx-2.3|set.json|\"missing\": [|\"missing\": [\"fit\", |binds 'crop_width', but set.json"
            + " calls 'fit' missing",
        "ltx-2.3|audio-gen.json|\"bind\": {\"sigmas\": \"sigmas_2\"}|\"bind\": {}|audio-gen.json:"
            + " no node takes the sigmas of stage 2 of schedule 'distilled'",
        "ltx-2|lipsync.json|\"bind\": {\"steps\": \"steps\"},|\"bind\": {},|lipsync.json: no node"
            + " binds 'steps', which schedule 'simple' needs",
        "ltx-2|lipsync.json|\"manual_sigmas\": 1|\"manual_sigmas\": 2|lipsync.json: no node takes"
            + " the sigmas of stage 1 of schedule 'distilled'",
        "ltx-2.3-single|multiframe-lipsync.json|\"generated_width\", \"height\":"
            + " \"generated_height\", \"length\"|\"width\", \"height\": \"height\", \"length\"|makes"
            + " multiples of 32 alone: bind 'generated_width'",
      })
  void whatWouldBeWithoutEffectIsRefused(
      String set, String file, String what, String instead, String message) throws Exception {
    Path folder = changed(set, file, what, instead);
    assertThatThrownBy(() -> Workflows.load(folder)).hasMessageContaining(message);
  }

  @Test
  void aMissingGraphIsNamed() throws Exception {
    Path folder = changed("ltx-2.5", "set.json", "", "");
    Files.delete(folder.resolve("lipsync.json"));
    assertThatThrownBy(() -> Workflows.load(folder))
        .hasMessage(
            folder.resolve("lipsync.json")
                + " is missing: the folder of a model set holds a graph of each mode that it"
                + " serves");
  }

  @Test
  void ownGraphsWithoutADescriptionTakeTheStandardOne() throws Exception {
    Path folder = changed("ltx-2.5", "set.json", "", "");
    Files.delete(folder.resolve("set.json"));
    String json = Files.readString(SETS.resolve("ltx-2/lipsync.json"));
    for (Mode mode : Mode.values()) {
      // A scheduler of its own, and no camera
      Path file = folder.resolve(mode.workflow() + ".json");
      Files.writeString(
          file,
          Files.readString(SETS.resolve("ltx-2").resolve(mode.workflow() + ".json"))
              .replace("\"bind\": {\"strength_model\": \"lora_camera\"}", "\"bind\": {}")
              .replace(",\n      \"manual_sigmas\": 1", ""));
    }
    assertThat(json).contains("lora_camera");
    Workflows own = Workflows.load(folder, SETS.resolve("ltx-2"));
    assertThat(own.warnings())
        .containsExactly(
            folder
                + " has no set.json: presets, ranges and sizes are those of ltx-2; no graph binds"
                + " lora_camera, which do nothing");
    assertThat(own.set().request().missing()).containsExactlyInAnyOrder("lora_i2v", "lora_camera");
    assertThat(own.set().request().schedules()).containsExactly("simple");
    assertThat(own.set().name()).isEqualTo("own");
  }
}
