package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ltx2.worker.app.Settings.InvalidSettingsException;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.models.ModelList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the platform's Hub reads, held against its publishing guide and against the settings. */
class HubTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Settings whose default is another one there, since the Hub begins without a volume. */
  private static final Map<String, String> OTHER_DEFAULTS =
      Map.of("MODELS_PULL", "true", "RUNPOD_INIT_TIMEOUT", "1800");

  /** Read by the fetching of models alone. */
  private static final String TOKEN = "HF_TOKEN";

  /** Settings that the Hub does not offer, and why. */
  private static final Map<String, Set<String>> LEFT_OUT =
      Map.of(
          "the image sets them",
          Set.of("ENGINE", "COMFYUI_URL", "COMFYUI_DIR", "COMFYUI_PYTHON"),
          "the platform sets them",
          Set.of(
              "RUNPOD_WEBHOOK_GET_JOB",
              "RUNPOD_WEBHOOK_POST_OUTPUT",
              "RUNPOD_WEBHOOK_PING",
              "RUNPOD_PING_INTERVAL",
              "RUNPOD_AI_API_KEY",
              "RUNPOD_POD_ID",
              "RUNPOD_GPU_TYPE_ID",
              "BUCKET_ENDPOINT_URL",
              "BUCKET_ACCESS_KEY_ID",
              "BUCKET_SECRET_ACCESS_KEY"),
          "another name of one that is there",
          Set.of("RUNPOD_LOG_LEVEL", "AWS_REGION", "AWS_DEFAULT_REGION"),
          "they need a file, which a volume or an image of one's own must bring",
          Set.of("WORKFLOWS_DIR", "GOOGLE_APPLICATION_CREDENTIALS"),
          "a key with a token ends within hours",
          Set.of("AWS_SESSION_TOKEN"),
          "requests of strangers would reach the platform's own network",
          Set.of("ALLOW_PRIVATE_INPUTS"),
          "its default is right wherever the models are on a volume or the disk",
          Set.of("PREFETCH"),
          "the platform reads JSON",
          Set.of("LOG_FORMAT"),
          "nobody reaches a port of a serverless worker",
          Set.of(
              "LOCAL_API_HOST",
              "LOCAL_API_PORT",
              "LOCAL_API_KEY",
              "LOCAL_API_ORIGINS",
              "LOCAL_API_ALLOWED_HOSTS",
              "METRICS_PORT"),
          "for one's own machine and for tests",
          Set.of("OUTPUT_DIR", "STORAGE_EMULATOR_HOST"));

  /** The image, packed out, in gigabytes; some machines count it to the container's disk. */
  private static final long IMAGE = 12;

  /** Temporary files and a job's results, beside MIN_FREE_DISK, in gigabytes. */
  private static final long JOBS = 3;

  private Map<String, Env.Variable> settings = Map.of();
  private JsonNode hub = JSON.createObjectNode();

  @BeforeEach
  void read() throws IOException {
    hub = JSON.readTree(Path.of(".runpod/hub.json").toFile());
    settings =
        Settings.variables().stream()
            .collect(Collectors.toMap(Env.Variable::name, Function.identity()));
  }

  private List<JsonNode> variables() {
    return list(hub.at("/config/env"));
  }

  private static List<JsonNode> list(JsonNode array) {
    assertThat(array.isArray()).isTrue();
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  @Test
  void itHasTheFieldsOfTheGuide() throws IOException {
    assertThat(hub.fieldNames())
        .toIterable()
        .containsExactly("title", "description", "type", "category", "iconUrl", "config");
    assertThat(hub.path("type").asText()).isEqualTo("serverless");
    assertThat(hub.path("category").asText()).isEqualTo("video");
    assertThat(hub.path("config").fieldNames())
        .toIterable()
        .containsExactly(
            "runsOn",
            "containerDiskInGb",
            "gpuIds",
            "gpuCount",
            "allowedCudaVersions",
            "presets",
            "env");
    byte[] icon = Files.readAllBytes(Path.of(".runpod/icon.svg"));
    assertThat(icon).hasSizeLessThan(2000);
    assertThat(hub.path("iconUrl").asText())
        .isEqualTo("data:image/svg+xml;base64," + Base64.getEncoder().encodeToString(icon));
  }

  @Test
  void everyVariableIsASettingWithItsOwnDefault() {
    assertThat(variables()).extracting(each -> each.path("key").asText()).doesNotHaveDuplicates();
    assertThat(variables())
        .allSatisfy(each -> {
          String key = each.path("key").asText();
          JsonNode input = each.path("input");
          assertThat(input.path("name").asText()).as(key).isNotBlank();
          assertThat(input.path("description").asText()).as(key).isNotBlank();
          if (!key.equals(TOKEN)) {
            assertThat(settings).containsKey(key);
            // Empty counts as unset, and so is always the default.
            assertThat(input.path("default").asText())
                .as(key)
                .isIn("", OTHER_DEFAULTS.getOrDefault(key, settings.get(key).fallback()));
          }
        });
    assertThat(variables())
        .extracting(each -> each.path("key").asText())
        .contains("GCS_BUCKET", "GCS_CREDENTIALS_JSON", "GENERATION_TIMEOUT", TOKEN)
        .containsAll(OTHER_DEFAULTS.keySet());
  }

  /** A new setting is offered, or somebody has thought about why not. */
  @Test
  void everySettingIsOfferedOrLeftOutForAReason() {
    Set<String> decided = new TreeSet<>();
    LEFT_OUT.values().forEach(decided::addAll);
    variables()
        .forEach(each ->
            assertThat(decided.add(each.path("key").asText())).as("%s: both", each).isTrue());
    decided.remove(TOKEN);
    assertThat(decided).containsExactlyInAnyOrderElementsOf(settings.keySet());
  }

  @Test
  void aChoiceHasAllOptionsAndNoOther() throws IOException {
    int choices = 0;
    for (JsonNode variable : variables()) {
      JsonNode options = variable.at("/input/options");
      String key = variable.path("key").asText();
      if (options.isMissingNode()) {
        assertThat(faults(key, "?!"))
            .as("%s is a choice", key)
            .doesNotContain("one of")
            .doesNotMatch(".* must be (?!true or false)(?!a whole)\\w+ or \\w+");
        continue;
      }
      choices++;
      Set<String> offered = new TreeSet<>();
      list(options).forEach(option -> offered.add(option.path("value").asText()));
      if (key.equals("MODEL_SET")) {
        assertThat(offered).isEqualTo(modelSets());
        continue;
      }
      String rule = faults(key, "?!").replaceFirst(".* must be (one of )?", "");
      assertThat(offered).isEqualTo(new TreeSet<>(Arrays.asList(rule.split(", | or ", -1))));
    }
    assertThat(choices).isGreaterThanOrEqualTo(2);
  }

  private static Set<String> modelSets() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("workflows"))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("set.json")))
          .map(folder -> folder.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void aNumbersLimitsAreThoseOfTheSetting() throws Exception {
    for (JsonNode variable : variables()) {
      JsonNode input = variable.path("input");
      String key = variable.path("key").asText();
      if (!input.path("type").asText().equals("number")) {
        assertThat(faults(key, "?!")).as(key).doesNotContain("number", "seconds");
        continue;
      }
      long least = input.path("min").asLong(-1);
      long most = input.path("max").asLong(-1);
      assertThat(Settings.from(Map.of(key, Long.toString(least)))).as(key).isNotNull();
      assertThat(Settings.from(Map.of(key, Long.toString(most)))).as(key).isNotNull();
      assertThat(faults(key, Long.toString(least - 1))).as(key).isNotEmpty();
      assertThat(faults(key, Long.toString(most + 1))).as(key).isNotEmpty();
    }
  }

  @Test
  void aBooleanIsWrittenAsTheSettingReadsIt() {
    for (JsonNode variable : variables()) {
      JsonNode input = variable.path("input");
      boolean flag = input.path("type").asText().equals("boolean");
      String rule = faults(variable.path("key").asText(), "?!");
      assertThat(rule.endsWith("must be true or false")).isEqualTo(flag);
      if (flag) {
        assertThat(input.path("trueValue").asText()).isEqualTo("true");
        assertThat(input.path("falseValue").asText()).isEqualTo("false");
      }
    }
  }

  /** What a value is refused with; empty when it is taken. */
  private static String faults(String key, String value) {
    try {
      Settings.from(Map.of(key, value));
      return "";
    } catch (InvalidSettingsException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void presetsSetWhatCanBeSetAndBothFetchModels() throws Exception {
    List<JsonNode> presets = list(hub.at("/config/presets"));
    assertThat(presets)
        .extracting(preset -> preset.path("name").asText())
        .containsExactly("Quality first", "Cost first");
    Set<String> keys =
        variables().stream().map(each -> each.path("key").asText()).collect(Collectors.toSet());
    for (JsonNode preset : presets) {
      JsonNode defaults = preset.path("defaults");
      assertThat(defaults.path("MODELS_PULL").asBoolean()).isTrue();
      for (Map.Entry<String, JsonNode> each : defaults.properties()) {
        assertThat(keys).contains(each.getKey());
        assertThat(faults(each.getKey(), each.getValue().asText())).isEmpty();
      }
    }
  }

  /** Models, the image, what must stay free, and a job's files. */
  @Test
  void theDiskHoldsTheModelsAndAJob() throws Exception {
    long models =
        ModelList.read(Path.of("models.txt")).files().stream()
            .filter(file -> graphs().contains("\"" + file.name() + "\""))
            .mapToLong(file -> file.size().orElseThrow())
            .sum();
    assertThat(models).isGreaterThan(40_000_000_000L);
    long free = Settings.from(Map.of()).minFreeDisk();
    long needed = (models + free) / 1_000_000_000 + 1 + IMAGE + JOBS;
    assertThat(hub.at("/config/containerDiskInGb").asLong()).isBetween(needed, needed + 15);
  }

  /** The graphs of the model set that a worker has unless told otherwise. */
  private static String graphs() {
    Path own = Path.of("workflows/ltx-2");
    try (Stream<Path> files = Files.list(Files.isDirectory(own) ? own : own.getParent())) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .map(HubTest::text)
          .collect(Collectors.joining());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tests' GPU is that of the first pool, which an endpoint of few workers takes alone. */
  @Test
  void itIsTestedOnTheGpuThatSmallEndpointsGet() throws IOException {
    String docs = Files.readString(Path.of("docs/operations.md"));
    List<String> pools = List.of(hub.at("/config/gpuIds").asText().split(","));
    assertThat(pools)
        .hasSizeLessThanOrEqualTo(3)
        .allMatch(pool -> docs.contains("| `" + pool + "` |"));
    assertThat(pools.getFirst()).isEqualTo("ADA_24");
    JsonNode tests = JSON.readTree(Path.of(".runpod/tests.json").toFile());
    assertThat(tests.at("/config/gpuTypeId").asText()).isEqualTo("NVIDIA GeForce RTX 4090");
    assertThat(tests.at("/config/allowedCudaVersions"))
        .isEqualTo(hub.at("/config/allowedCudaVersions"));
    assertThat(SelfTest.asked(tests.at("/tests/0/input"))).isTrue();
    assertThat(SelfTest.asked(JsonNodeFactory.instance.objectNode().put("image_url", "x")))
        .isFalse();
    for (JsonNode variable : list(tests.at("/config/env"))) {
      assertThat(settings).containsKey(variable.path("key").asText());
    }
  }
}
