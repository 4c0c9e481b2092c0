package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A worker as a process: from its start to its first take, and its first job beside its second. */
final class StartBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** ComfyUI's import takes longer. */
  private static final Duration BEFORE_THE_FIRST = Duration.ofSeconds(6);

  private StartBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    List<Row> rows = new ArrayList<>(starts("classes", java("-cp", classPath()), runs, ""));
    Path jar = Path.of("target/ltx2-worker.jar");
    Path cache = Path.of("target/ltx2-worker.aot");
    if (Files.exists(jar)) {
      rows.addAll(starts("jar", java("-jar", jar.toString()), runs, ""));
    }
    if (Files.exists(jar) && Files.exists(cache)) {
      List<String> cached = java("-XX:AOTCache=" + cache, "-Xlog:disable", "-jar", jar.toString());
      rows.addAll(starts("jar and AOT cache, as scripts/worker", cached, runs, "<= 500 ms"));
    }
    rows.addAll(firstJobs(Math.min(runs, 5), work));
    return rows;
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  private static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"));
    command.addAll(List.of(options));
    if (!command.contains("-jar")) {
      // The jar says it itself, and a cache is not used under other options than it was made with.
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("dev.ltx2.worker.Main");
    }
    command.add("serve");
    return command;
  }

  private static Process serve(
      List<String> command, FakeRunPod platform, String keep, Map<String, String> more)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(platform.env());
    builder.environment().put("ENGINE", "rehearsal");
    builder.environment().put("KEEP_DIR", keep);
    builder.environment().putAll(more);
    return builder.start();
  }

  private static List<Row> starts(String how, List<String> command, int runs, String target)
      throws Exception {
    double[] wall = new double[runs];
    double[] cpu = new double[runs];
    for (int i = 0; i < runs; i++) {
      try (FakeRunPod platform = new FakeRunPod()) {
        long start = System.nanoTime();
        Process process = serve(command, platform, "target/bench-answers", Map.of());
        LoopBench.until(() -> !platform.seen(Route.TAKE).isEmpty() || !process.isAlive());
        cpu[i] = process.info().totalCpuDuration().map(Duration::toMillis).orElse(0L);
        wall[i] = (platform.seen(Route.TAKE).getFirst().at() - start) / 1e6;
        process.destroy();
        process.waitFor();
      }
    }
    return List.of(
        new Row("start to first job-take, " + how, "ms", wall, target),
        new Row("start to first job-take, " + how + ": processor", "ms", cpu, ""));
  }

  private static List<Row> firstJobs(int runs, Path work) throws Exception {
    double[] first = new double[runs];
    double[] second = new double[runs];
    for (int i = 0; i < runs; i++) {
      try (FakeRunPod platform = new FakeRunPod();
          FakeGcs store = FakeGcs.start()) {
        Map<String, String> bucket =
            Map.of("STORAGE_EMULATOR_HOST", store.url().toString(), "GCS_BUCKET", "videos");
        Process process =
            serve(java("-cp", classPath()), platform, work.resolve("keep").toString(), bucket);
        LoopBench.until(() -> !platform.seen(Route.TAKE).isEmpty());
        Thread.sleep(BEFORE_THE_FIRST);
        first[i] = own(platform, "first");
        second[i] = own(platform, "second");
        if (store.objects().size() < 2) {
          throw new IOException("The videos did not reach the store: " + store.objects().keySet());
        }
        process.destroy();
        process.waitFor();
      }
    }
    String what = "job 1, 1 s 128x96, %s after the start: own time";
    return List.of(
        new Row(what.formatted("first, 6 s"), "ms", first, "<= 500 ms"),
        new Row(what.formatted("second, 7 s"), "ms", second, ""));
  }

  private static double own(FakeRunPod platform, String id) throws IOException {
    platform.hand(id, request());
    LoopBench.until(() -> answered(platform, id));
    JsonNode timings = platform.answers(id).getFirst().at("/output/output/details/timings");
    return 1000
        * (timings.path("total").asDouble()
            - timings.path("queue").asDouble()
            - timings.path("generate").asDouble());
  }

  private static boolean answered(FakeRunPod platform, String id) {
    try {
      return !platform.answers(id).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static String request() throws IOException {
    return JSON.createObjectNode()
        .put("image_url", data("image/jpeg", "portrait.jpg"))
        .put("audio_url", data("audio/mpeg", "tone-cbr.mp3"))
        .put("width", 128)
        .put("height", 96)
        .put("steps", 2)
        .toString();
  }

  private static String data(String type, String name) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of("test-fixtures/media", name));
    return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }
}
