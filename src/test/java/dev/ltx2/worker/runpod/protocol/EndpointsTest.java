package dev.ltx2.worker.runpod.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointsTest {
  private static Endpoints endpoints(String take, String done, String ping) {
    return new Endpoints(
        new RunPodSettings(
            Optional.of(take),
            Optional.of(done),
            Optional.of(ping),
            Duration.ofSeconds(10),
            Optional.empty(),
            Optional.of("w-1"),
            Optional.of("A40"),
            Duration.ofSeconds(60)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://h/v2/e/job-take/$ID?gpu=X|http://h/v2/e/job-take/w-1?gpu=X&job_in_progress=1",
        "http://h/v2/e/job-take/$ID|http://h/v2/e/job-take/w-1?job_in_progress=1",
        "http://h/job-take/$RUNPOD_POD_ID?gpu=$RUNPOD_GPU_TYPE_ID|http://h/job-take/w-1?gpu=A40&job_in_progress=1",
        "http://h/t?a=1&w=$ID|http://h/t?a=1&w=w-1&job_in_progress=1",
      })
  void fillsTheTakesTemplate(String template, String url) {
    assertThat(endpoints(template, "http://h/d", "http://h/p").take(1, true)).hasToString(url);
  }

  @Test
  void swapsThePathForBatchesAndStops() {
    Endpoints usual = endpoints("http://h/job-take/$ID?gpu=X", "http://h/d", "http://h/p");
    assertThat(usual.take(3, false))
        .hasToString("http://h/job-take-batch/w-1?gpu=X&batch_size=3&job_in_progress=0");
    assertThat(usual.stop().orElseThrow()).hasToString("http://h/job-stop/w-1?gpu=X");
    Endpoints odd = endpoints("http://h/jobs/$ID", "http://h/d", "http://h/p");
    assertThat(odd.take(3, false)).hasToString("http://h/jobs/w-1?job_in_progress=0");
    assertThat(odd.stop()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a-1-u1,http://h/done/w-1/a-1-u1?gpu=A40&isStream=false",
    "../x?y#z,http://h/done/w-1/..%2Fx%3Fy%23z?gpu=A40&isStream=false",
    "ü 1,http://h/done/w-1/%C3%BC%201?gpu=A40&isStream=false",
  })
  void fillsTheDoneTemplatePerJob(String id, String url) {
    Endpoints endpoints =
        endpoints(
            "http://h/t", "http://h/done/$RUNPOD_POD_ID/$ID?gpu=$RUNPOD_GPU_TYPE_ID", "http://h/p");
    assertThat(endpoints.done(id)).hasToString(url);
  }

  @Test
  void knowsIdsThatLeadToOtherPaths() {
    assertThat(List.of("a-1-u1", "...", "%2e", "../x")).allMatch(Endpoints::postable);
    assertThat(List.of("", " ", ".", "..", "x".repeat(1001))).noneMatch(Endpoints::postable);
  }

  @Test
  void listsJobsInPings() {
    Endpoints endpoints = endpoints("http://h/t", "http://h/d", "http://h/ping/$RUNPOD_POD_ID");
    assertThat(endpoints.ping(List.of()).orElseThrow())
        .hasToString("http://h/ping/w-1?runpod_version=1.12.0");
    assertThat(endpoints.ping(List.of("a", "b")).orElseThrow())
        .hasToString("http://h/ping/w-1?job_id=a%2Cb&runpod_version=1.12.0");
  }
}
