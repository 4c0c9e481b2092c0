package dev.ltx2.worker.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.runpod.RunPodWorker;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.handshake.ServerHandshake;

/** What RunPod's loop adds to a job, how long the GPU waits for the next one, and the start. */
final class LoopBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An upload to a bucket in the same region. */
  private static final Duration STORE = Duration.ofMillis(300);

  private LoopBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    List<Row> rows = new ArrayList<>();
    rows.add(
        new Row("RunPod loop: handed out to answered, empty job", "ms", empty(runs), "<= 20 ms"));
    for (int concurrency = 1; concurrency <= 2; concurrency++) {
      rows.add(
          new Row(
              "GPU idle between queued jobs, store 0.3 s, concurrency " + concurrency,
              "ms",
              idle(runs, concurrency, work.resolve("loop-" + concurrency)),
              concurrency == 2 ? "<= 50 ms" : ""));
    }
    rows.add(new Row("start to first job-take, without AOT cache", "ms", starts(runs), ""));
    return rows;
  }

  private static RunPodSettings settings(FakeRunPod platform) {
    Map<String, String> env = platform.env();
    return new RunPodSettings(
        Optional.of(env.get("RUNPOD_WEBHOOK_GET_JOB")),
        Optional.of(env.get("RUNPOD_WEBHOOK_POST_OUTPUT")),
        Optional.of(env.get("RUNPOD_WEBHOOK_PING")),
        Duration.ofSeconds(10),
        Optional.of(FakeRunPod.KEY),
        Optional.of(FakeRunPod.WORKER),
        Optional.empty(),
        Duration.ofSeconds(60));
  }

  private interface Work {
    void with(FakeRunPod platform) throws Exception;
  }

  private static void serve(JobRunner runner, int concurrency, Work work) throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      Path kept = Path.of("target/bench-answers");
      RunPodWorker worker =
          new RunPodWorker(settings(platform), runner, concurrency, kept, Clock.SYSTEM);
      Thread core =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  worker.run();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      work.with(platform);
      worker.stop();
      core.join();
    }
  }

  private static void until(BooleanSupplier there) {
    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofNanos(500_000))
        .atMost(Duration.ofMinutes(10))
        .until(there::getAsBoolean);
  }

  private static double[] empty(int runs) throws Exception {
    double[] values = new double[runs];
    Answer nothing =
        new Answer() {
          @Override
          public void writeTo(JsonGenerator out) throws IOException {
            out.writeStartObject();
            out.writeEndObject();
          }

          @Override
          public void close() {}
        };
    serve(
        (job, listener) -> nothing,
        1,
        platform -> {
          for (int i = -3; i < runs; i++) {
            int before = platform.seen(Route.DONE).size();
            until(() -> platform.open(Route.TAKE) == 1);
            long start = System.nanoTime();
            platform.hand("empty-" + i, "{}");
            until(() -> platform.seen(Route.DONE).size() > before);
            if (i >= 0) {
              values[i] = (platform.seen(Route.DONE).getLast().at() - start) / 1e6;
            }
          }
        });
    return values;
  }

  /**
   * Between the queue's running empty and its next prompt, as ComfyUI itself tells every client. A
   * prompt takes a second, so that the next job is there when it ends, as it is on a GPU.
   */
  private static double[] idle(int runs, int concurrency, Path folder) throws Exception {
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg"));
    String input =
        JSON.createObjectNode()
            .put("image_url", "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(image))
            .put("duration", 1)
            .put("width", 640)
            .put("height", 352)
            .put("steps", 10)
            .toString();
    List<Double> idle = new CopyOnWriteArrayList<>();
    InjectedFaults second = InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofMillis(100)));
    try (Rehearsal rehearsal = LtxRehearsal.start(folder, second, Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      WebSocketClient observer = observer(rehearsal.url(), idle);
      observer.connectBlocking();
      VideoJob job =
          new VideoJob(
              new Downloads(Downloads.Options.DEFAULTS, Clock.SYSTEM),
              new VideoGenerator(
                  "rehearsal",
                  Workflows.load(Path.of("workflows/ltx-2")),
                  comfyUi,
                  Duration.ofMinutes(5),
                  Clock.SYSTEM),
              (id, video, name, _) -> {
                Clock.SYSTEM.sleep(STORE);
                try {
                  return new Stored.Local(Files.copy(video, folder.resolve(id + name)));
                } catch (IOException e) {
                  throw new StorageException("not stored", e);
                }
              },
              Clock.SYSTEM,
              new Random(1));
      serve(
          job,
          concurrency,
          platform -> {
            for (int i = 0; i <= runs + 1; i++) {
              platform.hand("queued-" + i, input);
            }
            until(() -> idle.size() > runs);
          });
      observer.closeBlocking();
    }
    // The first job warms the Java machine up.
    return idle.stream().skip(1).limit(runs).mapToDouble(Double::doubleValue).toArray();
  }

  private static WebSocketClient observer(URI url, List<Double> idle) {
    return new WebSocketClient(URI.create("ws" + url.toString().substring(4) + "/ws")) {
      private long emptySince;
      private boolean ran;

      @Override
      public void onMessage(String text) {
        JsonNode left;
        try {
          left = JSON.readTree(text).at("/data/status/exec_info/queue_remaining");
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        if (!left.isNumber()) {
          return;
        }
        if (left.asInt() > 0) {
          if (ran && emptySince != 0) {
            idle.add((System.nanoTime() - emptySince) / 1e6);
          }
          ran = true;
          emptySince = 0;
        } else {
          emptySince = System.nanoTime();
        }
      }

      @Override
      public void onOpen(ServerHandshake handshake) {}

      @Override
      public void onClose(int code, String reason, boolean remote) {}

      @Override
      public void onError(Exception e) {}
    };
  }

  private static double[] starts(int runs) throws Exception {
    double[] values = new double[runs];
    for (int i = 0; i < runs; i++) {
      try (FakeRunPod platform = new FakeRunPod()) {
        ProcessBuilder builder =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.ltx2.worker.Main",
                    "serve")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(platform.env());
        builder.environment().put("ENGINE", "rehearsal");
        long start = System.nanoTime();
        Process process = builder.start();
        until(() -> !platform.seen(Route.TAKE).isEmpty() || !process.isAlive());
        values[i] = (platform.seen(Route.TAKE).getFirst().at() - start) / 1e6;
        process.destroy();
        process.waitFor();
      }
    }
    return values;
  }
}
