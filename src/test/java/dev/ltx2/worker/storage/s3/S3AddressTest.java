package dev.ltx2.worker.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3AddressTest {
  /** As AWS signs it: all but its own few signs is percent-encoded, and a slash parts. */
  @ParameterizedTest
  @CsvSource({
    "https://h/, AZaz09-._~/b, https://h/AZaz09-._~/b",
    "https://h, a b+c, https://h/a%20b%2Bc",
    "https://h/base/, ü@:, https://h/base/%C3%BC%40%3A"
  })
  void namesAreEncodedOnceAndForAll(String base, String object, String address) {
    assertThat(S3Address.under(HttpUrl.get(base), object)).hasToString(address);
  }
}
