package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A client, a scripted server and the wire between them. */
final class Lab implements AutoCloseable {
  static final Duration LIMIT = Duration.ofMinutes(10);

  /** The prompt is taken and makes its video. */
  static final ScriptedComfyUi.Script SUCCESS =
      play -> {
        play.accept();
        play.succeed();
      };

  final ScriptedComfyUi server;
  final Wire wire;
  final ComfyUi comfyUi;
  final Guard guard = new Guard();
  final List<Heard> heard = new CopyOnWriteArrayList<>();
  private final Path dir;

  record Heard(double fraction, int step, int steps, String node) {}

  /** A supervisor that notes what it is told. */
  static final class Guard implements Supervisor {
    final List<String> restarts = new CopyOnWriteArrayList<>();
    final List<String> waits = new CopyOnWriteArrayList<>();
    volatile Consumer<String> onDeath = how -> {};

    @Override
    public void awaitReady() {
      waits.add("ready");
    }

    @Override
    public void restart(String reason) {
      restarts.add(reason);
    }

    @Override
    public void onSuccess() {
      waits.add("worked");
    }

    @Override
    public String logTail() {
      return "Segmentation fault";
    }
  }

  Lab(Path dir, Clock time, ScriptedComfyUi.Script... scripts) throws IOException {
    this(dir, time, Optional.empty(), scripts);
  }

  Lab(Path dir, Clock time, Optional<Path> folders, ScriptedComfyUi.Script... scripts)
      throws IOException {
    this.dir = dir;
    server = new ScriptedComfyUi(scripts);
    wire = new Wire(server.port());
    comfyUi =
        new ComfyUi(
            wire.url(),
            folders,
            time,
            new PromptRedactor(),
            onDeath -> {
              guard.onDeath = onDeath;
              return guard;
            });
  }

  /** A graph of a sampler and a SaveVideo that writes into the job's folder. */
  Prompt prompt(String jobId, Prompt.Upload... uploads) throws IOException {
    ObjectNode graph =
        (ObjectNode)
            ComfyUiHttp.JSON.readTree(
                """
                {"pos": {"class_type": "CLIPTextEncode", "inputs": {"text": "a secret wish"}},
                 "ks": {"class_type": "SamplerCustomAdvanced", "inputs": {},
                        "_meta": {"title": "Sample"}},
                 "save": {"class_type": "SaveVideo",
                          "inputs": {"filename_prefix": "jobs/%s/video"}}}
                """
                    .formatted(jobId));
    return new Prompt(jobId, graph, List.of(uploads), List.of("a secret wish"), LIMIT);
  }

  Prompt.Upload input(String jobId, String name) throws IOException {
    Path file = Files.writeString(dir.resolve(name), "bytes of " + name);
    return new Prompt.Upload(file, "jobs/" + jobId + '/' + name);
  }

  Generated run(Prompt prompt) throws ComfyUiException, InterruptedException {
    return comfyUi.run(prompt, dir, (f, s, n, node) -> heard.add(new Heard(f, s, n, node)));
  }

  /** Runs it on a thread of its own, which can be interrupted. */
  Running start(Prompt prompt) {
    return new Running(() -> run(prompt));
  }

  static final class Running {
    final Thread thread;
    private final FutureTask<Generated> task;
    final CompletableFuture<Long> endedAt = new CompletableFuture<>();

    Running(Callable<Generated> work) {
      task = new FutureTask<>(work);
      thread =
          Thread.ofPlatform()
              .start(() -> {
                task.run();
                endedAt.complete(System.nanoTime());
              });
    }

    /** Lets a frozen clock tick until the run has ended, however slow this machine is. */
    void tick(ManualTime time, Duration step) {
      Awaitility.await()
          .pollInterval(Duration.ofMillis(30))
          .until(() -> {
            time.advance(step);
            return endedAt.isDone();
          });
    }

    Generated get() throws Exception {
      try {
        return task.get(30, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      }
    }
  }

  @Override
  public void close() throws IOException {
    comfyUi.close();
    wire.close();
    server.close();
  }
}
