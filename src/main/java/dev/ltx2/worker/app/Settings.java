package dev.ltx2.worker.app;

import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.localapi.LocalApiSettings;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import dev.ltx2.worker.storage.StorageSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * All settings of the worker, from the environment. Empty variables count as unset. The worker does
 * not start with values that it cannot use; the message names all of them.
 */
public record Settings(
    Optional<Engine> engine,
    ComfyUiSettings comfyUi,
    String modelSet,
    Optional<Path> workflowsDir,
    Duration generationTimeout,
    int workerConcurrency,
    boolean warmUp,
    ModelSettings models,
    StorageSettings storage,
    long minFreeDisk,
    long maxInputBytes,
    boolean allowPrivateInputs,
    LogLevel logLevel,
    Optional<LogFormat> logFormat,
    LocalApiSettings localApi,
    Optional<Integer> metricsPort,
    RunPodSettings runPod) {

  /** The API's own graphs. */
  public static final String DEFAULT_SET = "ltx-2";

  private static final Pattern SET_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  /** What runs the graphs. */
  public enum Engine {
    COMFYUI,
    REHEARSAL;

    /** As settings and answers name it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How log lines look. */
  public enum LogFormat {
    JSON,
    TEXT
  }

  /** Settings that cannot be used; the message names each variable and what it must be. */
  public static final class InvalidSettingsException extends ExplainedException {
    public InvalidSettingsException(List<String> faults) {
      super(String.join("; ", faults), null);
    }
  }

  /** Only the name: a record writes out its components, and keys are among them. */
  @Override
  public String toString() {
    return "Settings";
  }

  /** Reads an environment. */
  public static Settings from(Map<String, String> environment) throws InvalidSettingsException {
    Env env = new Env(environment);
    Settings settings = read(env);
    if (!env.faults().isEmpty()) {
      throw new InvalidSettingsException(env.faults());
    }
    return settings;
  }

  /** How to reach the platform, of an environment in which other settings may be wrong. */
  public static RunPodSettings platform(Map<String, String> environment) {
    return runPod(new Env(environment));
  }

  /** Every variable with its default and meaning, in the order of the record. */
  public static List<Env.Variable> variables() {
    Env env = new Env(Map.of());
    read(env);
    return env.variables();
  }

  private static Settings read(Env env) {
    return new Settings(
        env.choice("ENGINE", Engine.class, "what runs the graphs"),
        ComfyUiSettings.read(env),
        modelSet(env),
        env.path("WORKFLOWS_DIR", "a model set's folder of one's own, instead of MODEL_SET"),
        env.seconds(
            "GENERATION_TIMEOUT",
            600,
            1,
            86400,
            "seconds ComfyUI may take for a job, from the first upload on"),
        env.integer(
            "WORKER_CONCURRENCY",
            1,
            1,
            8,
            "jobs held at once, each until its video is out of ComfyUI; 2 fetches the next one's inputs"
                + " while the GPU works"),
        env.flag("WARM_UP", true, "whether models are loaded by a 9-frame run before any job"),
        ModelSettings.read(env),
        StorageEnvironment.read(env),
        env.number(
            "MIN_FREE_DISK",
            2L << 30,
            0,
            1L << 50,
            "bytes that must be free for temporary files and ComfyUI's results before a job is"
                + " taken; less for a minute ends the worker"),
        env.number("MAX_INPUT_BYTES", 52_428_800, 1, 1L << 32, "largest input file"),
        env.flag("ALLOW_PRIVATE_INPUTS", false, "whether inputs may come from private addresses"),
        logLevel(env),
        env.choice("LOG_FORMAT", LogFormat.class, "json (of local: text)", "how log lines look"),
        localApi(env),
        metricsPort(env),
        runPod(env));
  }

  /** Which set's graphs run is not to depend on which of two variables wins. */
  private static String modelSet(Env env) {
    String set =
        env.text(
            "MODEL_SET", DEFAULT_SET, "which models make the videos: a folder below workflows");
    if (!SET_NAME.matcher(set).matches()) {
      env.fault("MODEL_SET must be a folder's name; a path goes into WORKFLOWS_DIR");
    } else if (env.isSet("MODEL_SET") && env.isSet("WORKFLOWS_DIR")) {
      env.fault("MODEL_SET and WORKFLOWS_DIR are both set: unset one of them");
    }
    return set;
  }

  /** {@code RUNPOD_LOG_LEVEL} is the name that the platform's own SDK uses. */
  private static LogLevel logLevel(Env env) {
    Optional<LogLevel> own =
        env.logLevel(
            "LOG_LEVEL", "INFO", "least severe line logged: TRACE, DEBUG, INFO, WARN, ERROR");
    Optional<LogLevel> platform =
        env.logLevel("RUNPOD_LOG_LEVEL", "", "the same under the platform's name; LOG_LEVEL wins");
    return own.or(() -> platform).orElse(LogLevel.INFO);
  }

  private static LocalApiSettings localApi(Env env) {
    return new LocalApiSettings(
        env.text(
            "LOCAL_API_HOST",
            "127.0.0.1",
            "the address that the local API and METRICS_PORT listen on; 0.0.0.0 in the image"),
        env.integer("LOCAL_API_PORT", 8000, 0, 65_535, "the local API's port; 0 for a free one"),
        env.text(
            "LOCAL_API_KEY",
            "what its callers must send as Authorization; unset: nothing on loopback, elsewhere"
                + " drawn at start and logged"),
        env.words("LOCAL_API_ORIGINS", "origins of other sites' pages that may call it, by comma"),
        env.words(
            "LOCAL_API_ALLOWED_HOSTS",
            "names it may be called by, besides localhost and bare addresses, by comma"));
  }

  private static Optional<Integer> metricsPort(Env env) {
    int port =
        env.integer(
            "METRICS_PORT",
            0,
            0,
            65_535,
            "where `serve` shows its figures to Prometheus; 0: nowhere");
    return port > 0 ? Optional.of(port) : Optional.empty();
  }

  private static RunPodSettings runPod(Env env) {
    return new RunPodSettings(
        env.template("RUNPOD_WEBHOOK_GET_JOB", "where the platform hands out jobs"),
        env.template("RUNPOD_WEBHOOK_POST_OUTPUT", "where it takes answers"),
        env.template("RUNPOD_WEBHOOK_PING", "where it hears that the worker lives"),
        Duration.ofMillis(
            env.integer(
                "RUNPOD_PING_INTERVAL", 10_000, 100, 600_000, "milliseconds between two pings")),
        env.text("RUNPOD_AI_API_KEY", "sent as Authorization, as it is"),
        env.text("RUNPOD_POD_ID", "the worker's id"),
        env.text("RUNPOD_GPU_TYPE_ID", "fills $RUNPOD_GPU_TYPE_ID in the addresses"),
        env.seconds("DRAIN_TIMEOUT", 60, 0, 86_400, "seconds that running jobs get after SIGTERM"));
  }
}
