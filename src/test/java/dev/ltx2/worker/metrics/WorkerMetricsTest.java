package dev.ltx2.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Stage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class WorkerMetricsTest {
  private static final Job JOB = new Job("a", JsonNodeFactory.instance.objectNode());

  private final ManualTime time = ManualTime.frozen();
  private final WorkerMetrics metrics = new WorkerMetrics(time);

  private static Progress at(Stage stage, int percent) {
    return new Progress(stage, percent, 0, 0, OptionalInt.empty());
  }

  private String text() {
    return new String(metrics.text(), StandardCharsets.UTF_8);
  }

  @Test
  void jobsAreCountedByModeAndOutcome() {
    var broken =
        metrics.over(
            (_, _) -> {
              throw new JobFailure(ErrorCode.OUT_OF_MEMORY, "no room", false, null);
            },
            _ -> "3a");
    assertThatThrownBy(() -> broken.run(JOB, ProgressListener.NONE)).isInstanceOf(JobFailure.class);
    var cancelled =
        metrics.over(
            (_, _) -> {
              throw new InterruptedException();
            },
            _ -> "1");
    assertThatThrownBy(() -> cancelled.run(JOB, ProgressListener.NONE))
        .isInstanceOf(InterruptedException.class);
    assertThat(text())
        .contains("ltx2_jobs_total{mode=\"3a\",outcome=\"out_of_memory\"} 1.0")
        .contains("ltx2_jobs_total{mode=\"1\",outcome=\"cancelled\"} 1.0");
  }

  @Test
  void eachStageIsMeasuredAndTheListenerHearsAll() {
    List<Integer> heard = new ArrayList<>();
    var runner =
        metrics.over(
            (_, listener) -> {
              listener.progress(at(Stage.DOWNLOAD, 0));
              time.advance(Duration.ofSeconds(2));
              listener.progress(at(Stage.GENERATE, 40));
              assertThat(text()).contains("ltx2_job_progress_percent 40.0");
              time.advance(Duration.ofSeconds(30));
              throw new InterruptedException();
            },
            _ -> "2");
    assertThatThrownBy(() -> runner.run(JOB, now -> heard.add(now.percent())))
        .isInstanceOf(InterruptedException.class);
    assertThat(heard).containsExactly(0, 40);
    assertThat(text())
        .contains("ltx2_stage_seconds_sum{stage=\"download\"} 2.0")
        .contains("ltx2_stage_seconds_bucket{stage=\"generate\",le=\"20.0\"} 0")
        .contains("ltx2_stage_seconds_bucket{stage=\"generate\",le=\"40.0\"} 1")
        .contains("ltx2_stage_seconds_count{stage=\"mux\"} 0")
        .contains("ltx2_job_progress_percent 0.0");
  }

  @Test
  void itIsServedAlone() throws Exception {
    metrics.gauge("ltx2_undelivered_answers", "some", () -> 3);
    metrics.videoHandedOver(1000);
    try (MetricsServer server = MetricsServer.start("127.0.0.1", 0, metrics);
        HttpClient client = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
      HttpResponse<String> answer =
          client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain; version=0.0.4");
      assertThat(answer.body())
          .contains("ltx2_undelivered_answers 3.0")
          .contains("ltx2_bytes_total{kind=\"video\"} 1000.0");
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(url.resolve("/")).build(),
                      HttpResponse.BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(404);
    }
  }
}
