package dev.ltx2.worker.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.http.HttpAnswer;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator reads of a bucket that refuses, never in the server's words. */
class S3FaultWordsTest {
  private static StoreFault fault(int code, String error, S3Faults.Action action, String... head) {
    String body = "<Error><Code>%s</Code><Message>s3cr3t</Message></Error>".formatted(error);
    return S3Faults.of(new HttpAnswer(code, Headers.of(head), body), action, "videos");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "404 | NoSuchBucket | 404, bucket videos does not exist",
        "404 | NoSuchKey | 404, bucket videos does not exist",
        "403 | InvalidAccessKeyId | 403, the access key id is not known there",
        "403 | SignatureDoesNotMatch | 403, the secret key does not belong to the access key id",
        "400 | ExpiredToken | 400, the session token is not valid, or no longer",
        "400 | InvalidToken | 400, the session token is not valid, or no longer",
        "400 | TokenRefreshRequired | 400, the session token is not valid, or no longer",
        "403 | RequestTimeTooSkewed | 403, this machine's clock is wrong: it must be set",
        "400 | BadDigest | 400, what arrived has another checksum than what was sent",
        "400 | InvalidDigest | 400, what arrived has another checksum than what was sent",
        "400 | XAmzContentSHA256Mismatch | 400, what arrived has another checksum than what was sent",
        "400 | XAmzContentChecksumMismatch | 400, what arrived has another checksum than what was sent",
        "503 | SlowDown | 503, too many requests",
        "401 | | 401, the credentials were refused",
        "412 | PreconditionFailed | 412, an object of this name with other content exists already",
        "429 | | 429, too many requests",
        "500 | InternalError | the S3 server answered 500"
      })
  void eachRefusalHasItsSentence(int code, String error, String words) {
    StoreFault fault = fault(code, error == null ? "" : error, S3Faults.Action.PUT);
    assertThat(fault).hasMessage(words);
    assertThat(fault.code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({"PUT, s3:PutObject", "GET, s3:GetObject", "DELETE, s3:DeleteObject"})
  void namesThePermissionThatIsMissing(S3Faults.Action action, String permission) {
    assertThat(fault(403, "AccessDenied", action))
        .hasMessage(
            "403, permission denied: the credentials need " + permission + " on bucket videos");
  }

  @ParameterizedTest
  @CsvSource({
    "301, PermanentRedirect",
    "307, TemporaryRedirect",
    "400, AuthorizationHeaderMalformed",
    "301, ''",
    "307, ''",
    "308, ''"
  })
  void aBucketElsewhereIsToldWithItsRegion(int code, String error) {
    assertThat(fault(code, error, S3Faults.Action.PUT, "x-amz-bucket-region", "eu-west-1"))
        .hasMessage(code + ", bucket videos is in region eu-west-1");
    assertThat(fault(code, error, S3Faults.Action.PUT))
        .hasMessage(
            code + ", bucket videos is not at this endpoint: correct S3_ENDPOINT or S3_REGION");
  }

  /** It becomes part of a host's name. */
  @Test
  void whatIsNoRegionIsNotTaken() {
    HttpAnswer odd = new HttpAnswer(301, Headers.of("x-amz-bucket-region", "eu.evil.com/"), "");
    assertThat(S3Faults.regionOf(odd)).isEmpty();
    HttpAnswer good = new HttpAnswer(301, Headers.of("x-amz-bucket-region", "eu-west-1"), "");
    assertThat(S3Faults.regionOf(good)).contains("eu-west-1");
  }
}
