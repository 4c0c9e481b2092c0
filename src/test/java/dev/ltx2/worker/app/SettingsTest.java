package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.localapi.LocalApiSettings;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import dev.ltx2.worker.storage.StorageSettings;
import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.gcs.GcsBucket;
import dev.ltx2.worker.storage.gcs.GcsCredentials;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  @Test
  void everyDefault() throws Exception {
    assertThat(Settings.from(Map.of()))
        .isEqualTo(
            new Settings(
                Optional.empty(),
                new ComfyUiSettings(
                    Optional.empty(), Optional.empty(), "python3", "", Duration.ofMinutes(5), true),
                "ltx-2",
                Optional.empty(),
                Duration.ofMinutes(10),
                1,
                true,
                new ModelSettings(false, Duration.ofMinutes(7)),
                StorageSettings.from(Map.of()),
                2_147_483_648L,
                52_428_800,
                false,
                LogLevel.INFO,
                Optional.empty(),
                new LocalApiSettings("127.0.0.1", 8000, Optional.empty(), Set.of(), Set.of()),
                Optional.empty(),
                new RunPodSettings(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(10),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(60))));
  }

  @Test
  void everyMapping() throws Exception {
    Settings settings =
        Settings.from(
            Map.ofEntries(
                Map.entry("ENGINE", "rehearsal"),
                Map.entry("COMFYUI_URL", "http://10.0.0.2:8188"),
                Map.entry("COMFYUI_PYTHON", "/opt/venv/bin/python"),
                Map.entry("COMFYUI_ARGS", "--lowvram --fp8_e4m3fn-unet"),
                Map.entry("COMFYUI_START_TIMEOUT", "60"),
                Map.entry("PREFETCH", "false"),
                Map.entry("WORKFLOWS_DIR", "/workflows"),
                Map.entry("GENERATION_TIMEOUT", "3"),
                Map.entry("WORKER_CONCURRENCY", "2"),
                Map.entry("WARM_UP", "false"),
                Map.entry("MODELS_PULL", "true"),
                Map.entry("RUNPOD_INIT_TIMEOUT", "1800"),
                Map.entry("GCS_BUCKET", "videos"),
                Map.entry("GCS_PREFIX", "p"),
                Map.entry("GCS_URL", "signed"),
                Map.entry("GCS_SIGNED_URL_TTL", "3600"),
                Map.entry("GOOGLE_APPLICATION_CREDENTIALS", "/key.json"),
                Map.entry("OUTPUT_DIR", "/out"),
                Map.entry("KEEP_DIR", "/keep"),
                Map.entry("MIN_FREE_DISK", "0"),
                Map.entry("MAX_INPUT_BYTES", "1000"),
                Map.entry("ALLOW_PRIVATE_INPUTS", "TRUE"),
                Map.entry("LOG_LEVEL", "debug"),
                Map.entry("LOG_FORMAT", "text"),
                Map.entry("LOCAL_API_HOST", "0.0.0.0"),
                Map.entry("LOCAL_API_PORT", "9000"),
                Map.entry("LOCAL_API_KEY", "hidden"),
                Map.entry("LOCAL_API_ORIGINS", "https://a.example, https://b.example,"),
                Map.entry("LOCAL_API_ALLOWED_HOSTS", "gpu.lan"),
                Map.entry("METRICS_PORT", "9100"),
                Map.entry("RUNPOD_WEBHOOK_GET_JOB", "https://r/job-take/$ID?gpu=A+B"),
                Map.entry("RUNPOD_WEBHOOK_POST_OUTPUT", "https://r/done/$RUNPOD_POD_ID/$ID"),
                Map.entry("RUNPOD_WEBHOOK_PING", "https://r/ping/$RUNPOD_POD_ID"),
                Map.entry("RUNPOD_PING_INTERVAL", "4000"),
                Map.entry("RUNPOD_AI_API_KEY", "secret"),
                Map.entry("RUNPOD_POD_ID", "w1"),
                Map.entry("RUNPOD_GPU_TYPE_ID", "NVIDIA A40"),
                Map.entry("DRAIN_TIMEOUT", "5")));
    assertThat(settings)
        .isEqualTo(
            new Settings(
                Optional.of(Settings.Engine.REHEARSAL),
                new ComfyUiSettings(
                    Optional.of(URI.create("http://10.0.0.2:8188")),
                    Optional.empty(),
                    "/opt/venv/bin/python",
                    "--lowvram --fp8_e4m3fn-unet",
                    Duration.ofMinutes(1),
                    false),
                "ltx-2",
                Optional.of(Path.of("/workflows")),
                Duration.ofSeconds(3),
                2,
                false,
                new ModelSettings(true, Duration.ofMinutes(30)),
                new StorageSettings(
                    Optional.of(
                        new GcsBucket(
                            "videos",
                            "p",
                            UrlKind.SIGNED,
                            Duration.ofHours(1),
                            Optional.empty(),
                            new GcsCredentials.File(Path.of("/key.json")))),
                    Path.of("/out"),
                    Path.of("/keep"),
                    true),
                0,
                1000,
                true,
                LogLevel.DEBUG,
                Optional.of(Settings.LogFormat.TEXT),
                new LocalApiSettings(
                    "0.0.0.0",
                    9000,
                    Optional.of("hidden"),
                    Set.of("https://a.example", "https://b.example"),
                    Set.of("gpu.lan")),
                Optional.of(9100),
                new RunPodSettings(
                    Optional.of("https://r/job-take/$ID?gpu=A+B"),
                    Optional.of("https://r/done/$RUNPOD_POD_ID/$ID"),
                    Optional.of("https://r/ping/$RUNPOD_POD_ID"),
                    Duration.ofSeconds(4),
                    Optional.of("secret"),
                    Optional.of("w1"),
                    Optional.of("NVIDIA A40"),
                    Duration.ofSeconds(5))));
    assertThat(settings.localApi().toString()).doesNotContain("hidden");
    assertThat(settings.runPod().toString()).doesNotContain("secret").doesNotContain("https");
    assertThat(Settings.from(Map.of("COMFYUI_DIR", "/comfyui")).comfyUi().dir())
        .contains(Path.of("/comfyui"));
  }

  @ParameterizedTest
  @CsvSource({
    ", , INFO",
    ", DEBUG, DEBUG",
    ", warning, WARN",
    ", NOTSET, TRACE",
    "ERROR, DEBUG, ERROR",
    "'', error, ERROR",
    "warning, , WARN",
  })
  void theLogLevelMayComeUnderThePlatformsName(String own, String platform, String level)
      throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("LOG_LEVEL", own == null ? "" : own);
    environment.put("RUNPOD_LOG_LEVEL", platform == null ? "" : platform);
    assertThat(Settings.from(environment).logLevel()).hasToString(level);
  }

  @Test
  void oneVariableChoosesTheModels() throws Exception {
    assertThat(Settings.from(Map.of("MODEL_SET", "ltx-2.3")).modelSet()).isEqualTo("ltx-2.3");
    assertThat(Settings.from(Map.of("MODEL_SET", " ", "WORKFLOWS_DIR", "/w")).workflowsDir())
        .contains(Path.of("/w"));
    assertThatThrownBy(() -> Settings.from(Map.of("MODEL_SET", "ltx-2", "WORKFLOWS_DIR", "/w")))
        .hasMessage("MODEL_SET and WORKFLOWS_DIR are both set: unset one of them");
  }

  @Test
  void emptyMeansUnset() throws Exception {
    assertThat(Settings.from(Map.of("GENERATION_TIMEOUT", "", "GCS_BUCKET", "  ")))
        .isEqualTo(Settings.from(Map.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MODEL_SET|../x|MODEL_SET must be a folder's name; a path goes into WORKFLOWS_DIR",
        "ENGINE|gpu|ENGINE must be one of comfyui, rehearsal",
        "COMFYUI_URL|localhost:8188|COMFYUI_URL must be an http or https URL, such as"
            + " http://127.0.0.1:8188",
        "COMFYUI_URL|//host:8188|COMFYUI_URL must be an http or https URL, such as"
            + " http://127.0.0.1:8188",
        "COMFYUI_URL|ftp://host/|COMFYUI_URL must be an http or https URL, such as"
            + " http://127.0.0.1:8188",
        "COMFYUI_START_TIMEOUT|0|COMFYUI_START_TIMEOUT must be a whole number from 1 to 7200",
        "GENERATION_TIMEOUT|10m|GENERATION_TIMEOUT must be a whole number from 1 to 86400",
        "WORKER_CONCURRENCY|9|WORKER_CONCURRENCY must be a whole number from 1 to 8",
        "WARM_UP|yes|WARM_UP must be true or false",
        "MODELS_PULL|1|MODELS_PULL must be true or false",
        "RUNPOD_INIT_TIMEOUT|7m|RUNPOD_INIT_TIMEOUT must be a whole number from 1 to 604800",
        "GCS_URL|private|GCS_URL must be public or signed",
        "GCS_SIGNED_URL_TTL|604801|GCS_SIGNED_URL_TTL must be 1 to 604800 seconds",
        "MIN_FREE_DISK|2GB|MIN_FREE_DISK must be a whole number from 0 to 1125899906842624",
        "MAX_INPUT_BYTES|-1|MAX_INPUT_BYTES must be a whole number from 1 to 4294967296",
        "ALLOW_PRIVATE_INPUTS|1|ALLOW_PRIVATE_INPUTS must be true or false",
        "LOG_LEVEL|LOUD|LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR",
        "RUNPOD_LOG_LEVEL|1|RUNPOD_LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR",
        "LOG_FORMAT|xml|LOG_FORMAT must be one of json, text",
        "RUNPOD_WEBHOOK_PING|api.runpod.ai/ping|RUNPOD_WEBHOOK_PING must be an http or https URL,"
            + " placeholders allowed",
        "RUNPOD_PING_INTERVAL|0|RUNPOD_PING_INTERVAL must be a whole number from 100 to 600000",
        "DRAIN_TIMEOUT|-1|DRAIN_TIMEOUT must be a whole number from 0 to 86400",
      })
  void refusesWhatItDoesNotUnderstand(String name, String value, String message) {
    assertThatThrownBy(() -> Settings.from(Map.of(name, value))).hasMessage(message);
  }

  @Test
  void namesAllFaultsAtOnce() {
    assertThatThrownBy(() ->
            Settings.from(
                Map.of(
                    "COMFYUI_URL", "http://h:1",
                    "COMFYUI_DIR", "/c",
                    "WARM_UP", "maybe")))
        .hasMessageContaining("WARM_UP must be true or false")
        .hasMessageContaining("COMFYUI_URL and COMFYUI_DIR exclude each other");
  }

  @Test
  void everyVariableIsExplained() {
    assertThat(Settings.variables())
        .hasSize(
            Settings.class.getRecordComponents().length
                - 5
                + ModelSettings.class.getRecordComponents().length
                + ComfyUiSettings.class.getRecordComponents().length
                + 24 // of the buckets, their credentials and the folders
                + 1 // RUNPOD_LOG_LEVEL
                + LocalApiSettings.class.getRecordComponents().length
                + RunPodSettings.class.getRecordComponents().length)
        .allSatisfy(variable -> assertThat(variable.meaning()).isNotBlank());
  }
}
