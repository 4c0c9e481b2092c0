package dev.ltx2.worker.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.FakeS3;
import dev.ltx2.worker.fakes.FakeS3.Fault;
import dev.ltx2.worker.fakes.S3Server;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The doctor's words for what a bucket that speaks S3 lacks. */
class S3ProbeTest {
  private static List<StoreCheck> probe(String endpoint, String... more) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "S3_BUCKET",
                "videos",
                "S3_ENDPOINT",
                endpoint,
                "AWS_ACCESS_KEY_ID",
                S3Server.KEY,
                "AWS_SECRET_ACCESS_KEY",
                S3Server.SECRET));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return S3Bucket.read(new StoreVariables(environment)).orElseThrow().probe(UploadTimeouts.PROBE);
  }

  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied, s3:PutObject on arn:aws:s3:::videos/*",
    "403, SignatureDoesNotMatch, correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "403, InvalidAccessKeyId, the access key id is not known there",
    "404, NoSuchBucket, create it or correct S3_BUCKET",
    "401, '', correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "403, '', s3:PutObject on arn:aws:s3:::videos/*",
    "400, AuthorizationHeaderMalformed, correct S3_ENDPOINT or S3_REGION"
  })
  void namesWhatIsMissing(int code, String error, String remedy) {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.fail("PUT", new Fault.Status(code, error));
      assertThat(probe(s3.url().toString()))
          .singleElement()
          .satisfies(check -> {
            assertThat(check.ok()).isFalse();
            assertThat(check.name()).isEqualTo("write to bucket videos");
            assertThat(check.remedy()).startsWith(code + ", ").contains(remedy);
          });
    }
  }

  @Test
  void aServerInTroubleIsAskedTwiceAndToldAsSuch() {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.fail("PUT", new Fault.Status(500, "InternalError"));
      s3.fail("PUT", new Fault.Status(500, "InternalError"));
      assertThat(probe(s3.url().toString()))
          .singleElement()
          .satisfies(check ->
              assertThat(check.remedy()).isEqualTo("the S3 server answered 500; try again later"));
      assertThat(s3.pending()).isZero();
    }
  }

  @Test
  void thePlatformsOwnVariablesAreNamedWhereTheyCount() {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.fail("PUT", new Fault.Status(403, "SignatureDoesNotMatch"));
      Map<String, String> platform =
          Map.of(
              "BUCKET_ENDPOINT_URL", s3.url() + "/videos",
              "BUCKET_ACCESS_KEY_ID", "AKID",
              "BUCKET_SECRET_ACCESS_KEY", "s3cr3t");
      assertThat(
              S3Bucket.read(new StoreVariables(platform)).orElseThrow().probe(UploadTimeouts.PROBE))
          .singleElement()
          .satisfies(check ->
              assertThat(check.remedy())
                  .endsWith("; correct BUCKET_ACCESS_KEY_ID and BUCKET_SECRET_ACCESS_KEY"));
    }
  }

  /** This server deletes nothing. */
  @Test
  void saysWhatIsLeftBehind() {
    try (FakeS3 s3 = FakeS3.start()) {
      List<StoreCheck> checks = probe(s3.url().toString());
      String left = s3.objects().keySet().iterator().next().replaceFirst("/videos/", "");
      assertThat(checks)
          .last()
          .isEqualTo(StoreCheck.bad("clean up", "delete s3://videos/" + left + " by hand"));
    }
  }

  @Test
  void aServerThatChecksSignatures() {
    try (S3Server s3 = S3Server.start()) {
      assertThat(probe(s3.url().toString())).hasSize(4).allMatch(StoreCheck::ok);
      assertThat(probe(s3.url().toString(), "AWS_SECRET_ACCESS_KEY", "wrong"))
          .singleElement()
          .satisfies(
              check -> assertThat(check.remedy()).contains("the secret key does not belong"));
      assertThat(probe(s3.url().toString(), "S3_URL", "public"))
          .filteredOn(check -> !check.ok())
          .singleElement()
          .satisfies(check -> assertThat(check.remedy()).contains("S3_PUBLIC_URL"));
    }
  }
}
