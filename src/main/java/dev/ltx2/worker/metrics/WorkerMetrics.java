package dev.ltx2.worker.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.Stage;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** What is counted and measured of one worker's jobs. */
public final class WorkerMetrics {
  /** What {@link #text} is, for HTTP. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  /** From a stage of milliseconds to the longest generation, in seconds. */
  private static final double[] BUCKETS = {
    0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600, 1200
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Clock time;
  private final Counter jobs =
      Counter.builder()
          .name("ltx2_jobs")
          .help("Jobs that have ended, by mode and outcome")
          .labelNames("mode", "outcome")
          .register(registry);
  private final Histogram stages =
      Histogram.builder()
          .name("ltx2_stage_seconds")
          .help("Seconds that jobs spent in each stage")
          .labelNames("stage")
          .classicOnly()
          .classicUpperBounds(BUCKETS)
          .register(registry);
  private final Gauge progress =
      Gauge.builder()
          .name("ltx2_job_progress_percent")
          .help("How far the job is that reported last; 0 when none runs")
          .register(registry);
  private final Counter bytes =
      Counter.builder()
          .name("ltx2_bytes")
          .help("Bytes of videos handed over and of inputs sent to /files")
          .labelNames("kind")
          .register(registry);

  /** Measures by that clock. */
  public WorkerMetrics(Clock time) {
    this.time = time;
    bytes.initLabelValues("video");
    bytes.initLabelValues("input");
    for (Stage stage : Stage.values()) {
      stages.initLabelValues(stage.label());
    }
  }

  /** Runs jobs, and counts how they end; {@code mode} says the mode of a request. */
  public JobRunner over(JobRunner runner, Function<JsonNode, String> mode) {
    return (job, listener) -> run(runner, job, listener, mode.apply(job.input()));
  }

  private Answer run(JobRunner runner, Job job, ProgressListener listener, String mode)
      throws JobFailure, InterruptedException {
    StageTimes times = new StageTimes(listener);
    String outcome = "error";
    try {
      Answer answer = runner.run(job, times);
      outcome = "completed";
      return answer;
    } catch (JobFailure failure) {
      outcome = failure.code().name().toLowerCase(Locale.ROOT);
      throw failure;
    } catch (InterruptedException e) {
      outcome = "cancelled";
      throw e;
    } finally {
      times.end();
      jobs.labelValues(mode, outcome).inc();
      progress.set(0);
    }
  }

  /** A video has left. */
  public void videoHandedOver(long size) {
    bytes.labelValues("video").inc(size);
  }

  /** A client has sent a file. */
  public void inputReceived(long size) {
    bytes.labelValues("input").inc(size);
  }

  /** Shows a figure that somebody else keeps, as it is when asked for. */
  public void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  /** The same for one that only rises. */
  public void counter(String name, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call((double) value.getAsLong()))
        .register(registry);
  }

  /** All figures, in Prometheus' text format. */
  public byte[] text() {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("an error in memory", e);
    }
  }

  /** Hears a job's progress before its own listener does. */
  private final class StageTimes implements ProgressListener {
    private final ProgressListener listener;
    private Stage stage = Stage.DOWNLOAD;
    private long start = time.nanos();

    StageTimes(ProgressListener listener) {
      this.listener = listener;
    }

    @Override
    public void progress(Progress now) {
      if (now.stage() != stage) {
        observe();
        stage = now.stage();
        start = time.nanos();
      }
      progress.set(now.percent());
      listener.progress(now);
    }

    @Override
    public void promised(Promise promise) {
      listener.promised(promise);
    }

    private void observe() {
      stages.labelValues(stage.label()).observe(time.since(start).toNanos() / 1e9);
    }

    void end() {
      observe();
    }
  }
}
