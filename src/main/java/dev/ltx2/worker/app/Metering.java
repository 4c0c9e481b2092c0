package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.localapi.queue.LocalQueue;
import dev.ltx2.worker.metrics.MetricsServer;
import dev.ltx2.worker.metrics.WorkerMetrics;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/** The figures of what is put together here; where nobody asks for them everything passes by. */
public final class Metering {
  private final Optional<WorkerMetrics> metrics;

  private Metering(Optional<WorkerMetrics> metrics) {
    this.metrics = metrics;
  }

  /** As {@code METRICS_PORT} says. */
  public static Metering of(Settings settings) {
    return settings.metricsPort().isPresent() ? on() : new Metering(Optional.empty());
  }

  static Metering on() {
    return new Metering(Optional.of(new WorkerMetrics(Clock.SYSTEM)));
  }

  /** Counts what a store takes. */
  public VideoStore over(VideoStore store) {
    return metrics.<VideoStore>map(counted -> new CountedStore(store, counted)).orElse(store);
  }

  private record CountedStore(VideoStore store, WorkerMetrics counted) implements VideoStore {
    @Override
    public Optional<String> refusal(Target target) {
      return store.refusal(target);
    }

    @Override
    public Stored store(
        String jobId, Path file, String fileName, Target target, UploadListener listener)
        throws StorageException, InterruptedException {
      long size = file.toFile().length();
      Stored stored = store.store(jobId, file, fileName, target, listener);
      counted.videoHandedOver(size);
      return stored;
    }
  }

  /** Counts and measures jobs. */
  public JobRunner over(JobRunner jobs) {
    return metrics.map(counted -> counted.over(jobs, Metering::mode)).orElse(jobs);
  }

  private static String mode(JsonNode input) {
    return Mode.of(input.hasNonNull("keyframes"), input.hasNonNull("audio_url")).label();
  }

  /** Shows how often ComfyUI was started anew, and what waits to be delivered. */
  void show(Wiring wiring, DoubleSupplier undelivered) {
    metrics.ifPresent(shown -> {
      shown.counter(
          "ltx2_comfyui_restarts",
          "How often the ComfyUI that was started here ended and was started anew",
          wiring.comfyUi()::deaths);
      shown.gauge(
          "ltx2_undelivered_answers", "Answers that are done and not delivered yet", undelivered);
    });
  }

  /** The same for the local API, whose queue has figures of its own. */
  WorkerMetrics show(Wiring wiring, LocalQueue queue) {
    show(wiring, queue::undeliveredWebhooks);
    WorkerMetrics shown = metrics.orElseThrow();
    shown.gauge("ltx2_queue_jobs", "Jobs that wait", queue::waiting);
    shown.gauge("ltx2_running_jobs", "Jobs that run", queue::running);
    return shown;
  }

  /** The figures themselves, where they are wanted. */
  Optional<WorkerMetrics> metrics() {
    return metrics;
  }

  /** Answers at {@code METRICS_PORT}; closing it ends that. */
  public AutoCloseable serve(Settings settings, Wiring wiring, DoubleSupplier undelivered)
      throws CommandFailure {
    if (metrics.isEmpty()) {
      return () -> {};
    }
    show(wiring, undelivered);
    try {
      return MetricsServer.start(
          settings.localApi().host(), settings.metricsPort().orElseThrow(), metrics.get());
    } catch (IOException e) {
      throw new CommandFailure("METRICS_PORT: " + e.getMessage(), e);
    }
  }
}
