package dev.ltx2.worker.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signatures as AWS's documents print them ("Signature calculations: examples", "Authenticating
 * requests: using query parameters").
 */
class S3SignerTest {
  private static final S3Signer.Scope SCOPE =
      new S3Signer.Scope(
          "us-east-1", Clock.fixed(Instant.parse("2013-05-24T00:00:00Z"), ZoneOffset.UTC));
  private static final HttpUrl OBJECT =
      HttpUrl.get("https://examplebucket.s3.amazonaws.com/test.txt");
  @TempDir private Path temp;

  private static S3Signer signer(Optional<String> token) {
    return new S3Signer(
        new S3Bucket.Keys(
            "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token));
  }

  @Test
  void aRequestIsSignedAsInTheDocuments() {
    Request range = new Request.Builder().url(OBJECT).header("Range", "bytes=0-9").build();
    Request signed = signer(Optional.empty()).sign(range, Optional.empty(), SCOPE);
    assertThat(signed.header("Authorization"))
        .contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request")
        .contains("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    assertThat(signed.header("x-amz-security-token")).isNull();
  }

  @Test
  void anAddressIsSignedAsInTheDocuments() {
    HttpUrl signed = signer(Optional.empty()).presign(OBJECT, Duration.ofDays(1), SCOPE);
    assertThat(signed.queryParameter("X-Amz-Expires")).isEqualTo("86400");
    assertThat(signed.queryParameter("X-Amz-Signature"))
        .isEqualTo("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  }

  /** Without it temporary credentials are refused. */
  @Test
  void temporaryCredentialsBringTheirToken() {
    S3Signer signer = signer(Optional.of("t0ken"));
    Request get = new Request.Builder().url(OBJECT).build();
    assertThat(signer.sign(get, Optional.empty(), SCOPE).header("x-amz-security-token"))
        .isEqualTo("t0ken");
    assertThat(
            signer
                .presign(OBJECT, Duration.ofDays(1), SCOPE)
                .queryParameter("X-Amz-Security-Token"))
        .isEqualTo("t0ken");
  }

  /** Who can change bytes on the way is found by their hash; TLS makes that its own concern. */
  @Test
  void aFilesHashIsSignedWhereNoTlsGuardsIt() throws Exception {
    Path file = Files.writeString(temp.resolve("a"), "Welcome to Amazon S3.");
    RequestBody body = RequestBody.create(Files.readString(file).getBytes(StandardCharsets.UTF_8));
    Request put = new Request.Builder().url(OBJECT).put(body).build();
    assertThat(hash(put, file)).isEqualTo("UNSIGNED-PAYLOAD");
    HttpUrl plain = OBJECT.newBuilder().scheme("http").build();
    assertThat(hash(put.newBuilder().url(plain).build(), file))
        .isEqualTo("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  }

  private static String hash(Request put, Path file) {
    return String.valueOf(
        signer(Optional.empty())
            .sign(put, Optional.of(file), SCOPE)
            .header("x-amz-content-sha256"));
  }
}
