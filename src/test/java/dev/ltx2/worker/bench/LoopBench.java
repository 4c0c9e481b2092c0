package dev.ltx2.worker.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.runpod.RunPodWorker;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What RunPod's loop adds to a job, and the start. */
final class LoopBench {
  private LoopBench() {}

  static List<Row> rows(int runs) throws Exception {
    List<Row> rows = new ArrayList<>();
    rows.add(
        new Row("RunPod loop: handed out to answered, empty job", "ms", empty(runs), "<= 20 ms"));
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

  interface Work {
    void with(FakeRunPod platform) throws Exception;
  }

  static void serve(JobRunner runner, int concurrency, Work work) throws Exception {
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

  static void until(BooleanSupplier there) {
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
