package dev.ltx2.worker.runpod;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A worker on a thread of its own, and jobs which do as a test says. */
final class Started implements AutoCloseable {
  private final RunPodWorker worker;
  private final Optional<Path> ownFolder;
  private final CompletableFuture<Integer> code = new CompletableFuture<>();

  static RunPodSettings settings(FakeRunPod platform, Duration drain) {
    Map<String, String> env = platform.env();
    return new RunPodSettings(
        Optional.of(env.get("RUNPOD_WEBHOOK_GET_JOB")),
        Optional.of(env.get("RUNPOD_WEBHOOK_POST_OUTPUT")),
        Optional.of(env.get("RUNPOD_WEBHOOK_PING")),
        Duration.ofSeconds(10),
        Optional.of(FakeRunPod.KEY),
        Optional.of(FakeRunPod.WORKER),
        Optional.empty(),
        drain);
  }

  Started(RunPodSettings settings, JobRunner runner, int concurrency, Clock time)
      throws IOException {
    this(settings, runner, concurrency, time, Files.createTempDirectory("kept-"));
  }

  private Started(
      RunPodSettings settings, JobRunner runner, int concurrency, Clock time, Path ownFolder) {
    this(new RunPodWorker(settings, runner, concurrency, ownFolder, time), Optional.of(ownFolder));
  }

  Started(RunPodSettings settings, JobRunner runner, int concurrency, Path kept, Clock time) {
    this(new RunPodWorker(settings, runner, concurrency, kept, time), Optional.empty());
  }

  /** One that is ready to run. */
  Started(RunPodWorker worker) {
    this(worker, Optional.empty());
  }

  private Started(RunPodWorker worker, Optional<Path> ownFolder) {
    this.worker = worker;
    this.ownFolder = ownFolder;
    Thread.ofPlatform()
        .daemon()
        .name("core")
        .start(() -> {
          try {
            code.complete(worker.run());
          } catch (Throwable e) {
            code.completeExceptionally(e);
          }
        });
  }

  RunPodWorker worker() {
    return worker;
  }

  int exitCode() throws Exception {
    return code.get(20, TimeUnit.SECONDS);
  }

  boolean ended() {
    return code.isDone();
  }

  @Override
  public void close() {
    worker.stop();
    code.handle((ended, failure) -> 0).orTimeout(20, TimeUnit.SECONDS).join();
    ownFolder.ifPresent(Started::delete);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A success with these fields as its output. */
  static Answer answer(Writing fields) {
    return new Answer() {
      @Override
      public void writeTo(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("status", "success");
        out.writeObjectFieldStart("output");
        fields.writeTo(out);
        out.writeEndObject();
        out.writeEndObject();
      }

      @Override
      public void close() {}
    };
  }

  @FunctionalInterface
  interface Writing {
    void writeTo(JsonGenerator out) throws IOException;
  }

  static Answer echo(Job job) {
    return answer(out -> out.writeStringField("echo", job.input().toString()));
  }

  /** Throws what a method may not declare. */
  static void throwIt(Throwable fault) {
    switch (fault) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException(fault);
    }
  }

  static Progress progress(int percent) {
    return new Progress(Stage.GENERATE, percent, 3, 8, OptionalInt.of(38));
  }

  /** Jobs which run until the test lets them, and tell whether they were interrupted. */
  static final class Gate implements JobRunner {
    final List<String> begun = new CopyOnWriteArrayList<>();
    final List<String> interrupted = new CopyOnWriteArrayList<>();
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public Answer run(Job job, ProgressListener listener) throws InterruptedException {
      begun.add(job.id());
      try {
        open.await();
      } catch (InterruptedException e) {
        interrupted.add(job.id());
        throw e;
      }
      return echo(job);
    }

    void open() {
      open.countDown();
    }

    void awaitBegun(String... ids) {
      await().atMost(Duration.ofSeconds(15)).until(() -> begun.containsAll(List.of(ids)));
    }
  }
}
