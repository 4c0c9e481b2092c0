package dev.ltx2.worker.storage.presigned;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A signature that has ended costs a video: it is told before the GPU is paid. */
class SignedUntilTest {
  private static HttpUrl address(String query) {
    return HttpUrl.get("https://bucket.example.com/a.mp4?" + query);
  }

  @ParameterizedTest
  @CsvSource({
    "X-Amz-Date=20260204T120000Z&X-Amz-Expires=3600&X-Amz-Signature=s, 2026-02-04T13:00:00Z",
    "X-Goog-Date=20260204T120000Z&X-Goog-Expires=60&X-Goog-Signature=s, 2026-02-04T12:01:00Z",
    "sv=2022-11-02&se=2026-02-04T12%3A30%3A00Z&sig=s, 2026-02-04T12:30:00Z",
    "AWSAccessKeyId=k&Signature=s&Expires=1770206400, 2026-02-04T12:00:00Z"
  })
  void everyMakersAddressTellsIt(String query, Instant end) {
    assertThat(SignedUntil.of(address(query))).contains(end);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "X-Amz-Date=20260204T120000Z",
        "X-Amz-Expires=3600",
        "X-Amz-Date=yesterday&X-Amz-Expires=3600",
        "X-Amz-Date=20260204T120000Z&X-Amz-Expires=soon",
        "X-Amz-Date=20260204T120000Z&X-Amz-Expires=9223372036854775807",
        "se=2026-02-04T12%3A30%3A00Z",
        "se=tomorrow&sig=s",
        "Expires=never"
      })
  void anAddressThatDoesNotTellItIsNotRefused(String query) {
    assertThat(SignedUntil.of(address(query))).isEmpty();
  }
}
