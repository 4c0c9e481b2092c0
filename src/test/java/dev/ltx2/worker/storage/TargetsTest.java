package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A place that cannot take the video is refused before the GPU is paid. */
class TargetsTest {
  private final ManualTime time = ManualTime.frozen();

  private Optional<String> refusal(boolean allowPrivate, Target target) {
    return new Targets(allowPrivate, StoreContract.QUICK, time).refusal(target);
  }

  private static Target put(String url) {
    return new Target.PresignedPut(HttpUrl.get(url), Map.of());
  }

  private static Target bucket(String endpoint) {
    return new Target.JobBucket(HttpUrl.get(endpoint), "videos", "id", "secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://93.184.215.14/a | it must be https",
        "https://10.0.0.1/a | 10.0.0.1 is not public",
        "https://[::1]/a | 0:0:0:0:0:0:0:1 is not public",
        "https://nowhere.invalid/a | host not found",
      })
  void whereNoVideoCanGoIsRefusedWithTheFieldsName(String url, String why) {
    assertThat(refusal(false, put(url)).orElseThrow()).startsWith("output_url: ").contains(why);
    assertThat(refusal(false, bucket(url)).orElseThrow())
        .startsWith("s3Config.endpointUrl: ")
        .contains(why);
  }

  @Test
  void aSignatureCountsToItsLastSecond() {
    Target signed = put("https://93.184.215.14/a?AWSAccessKeyId=k&Signature=s&Expires=1770206410");
    assertThat(refusal(false, signed)).isEmpty();
    time.advance(Duration.ofSeconds(10));
    assertThat(refusal(false, signed)).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(refusal(false, signed))
        .contains("output_url: its signature expired at 2026-02-04T12:00:10Z");
  }

  @Test
  void itsTextTellsNoSecret() {
    HttpUrl url = HttpUrl.get("https://s3.example.com/v?X-Amz-Signature=s3cr3t");
    assertThat(new Target.PresignedPut(url, Map.of("x-a", "s3cr3t")))
        .hasToString("PresignedPut[…]");
    assertThat(new Target.JobBucket(url, "videos", "id", "s3cr3t")).hasToString("JobBucket[…]");
  }

  @Test
  void whereNothingSpeaksAgainstItNothingIsSaid() {
    assertThat(refusal(false, new Target.None())).isEmpty();
    assertThat(refusal(false, bucket("https://93.184.215.14"))).isEmpty();
    assertThat(refusal(true, put("http://127.0.0.1:1/a"))).isEmpty();
    assertThat(refusal(true, bucket("http://localhost:1"))).isEmpty();
  }
}
