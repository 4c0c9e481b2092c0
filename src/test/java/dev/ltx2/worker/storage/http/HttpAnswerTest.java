package dev.ltx2.worker.storage.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAnswerTest {
  private static HttpAnswer answer(int code) {
    return new HttpAnswer(code, Headers.EMPTY, "");
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504, 520, 599})
  void aStallOrABusyServerIsWorthAnotherTry(int code) {
    assertThat(answer(code).passing()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 301, 400, 401, 403, 404, 409, 412, 499, 501, 505})
  void whatTheServerWillNeverDoIsNot(int code) {
    assertThat(answer(code).passing()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"100, false", "199, false", "200, true", "204, true", "299, true", "300, false"})
  void onlyA2xxIsASuccess(int code, boolean success) {
    assertThat(answer(code).succeeded()).isEqualTo(success);
  }

  @ParameterizedTest
  @CsvSource({
    "'17', 17",
    "' 5 ', 5",
    "'0', 0",
    "'999999', 999999",
    "'1000000', ",
    "'-1', ",
    "'Wed, 21 Oct 2015 07:28:00 GMT', "
  })
  void waitsForSecondsAlone(String header, Long seconds) {
    HttpAnswer answer =
        new HttpAnswer(429, new Headers.Builder().add("Retry-After", header).build(), "");
    assertThat(answer.retryAfter().map(Duration::toSeconds).orElse(null)).isEqualTo(seconds);
  }

  @Test
  void theServersOwnWordsAreReadAndNotShown() {
    HttpAnswer answer =
        new HttpAnswer(
            403,
            Headers.EMPTY,
            "<Error><Code> SlowDown </Code><Message>key AKID of s3cr3t</Message></Error>");
    assertThat(answer.errorCode()).isEqualTo("SlowDown");
    assertThat(answer.toString()).isEqualTo("HttpAnswer[403]");
    assertThat(answer(500).errorCode()).isEmpty();
  }
}
