package dev.ltx2.worker.storage.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.fakes.FakeS3;
import dev.ltx2.worker.fakes.FakeS3.Fault;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.NotPublicException;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLHandshakeException;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;

/** What is asked again, how often and for how long. */
class HttpRequestsTest {
  private final ManualTime time = ManualTime.skipping();
  private final AtomicInteger asked = new AtomicInteger();

  private HttpRequests requests(UploadTimeouts patience) {
    return new HttpRequests(new OkHttpClient.Builder(), "the server", patience, time);
  }

  private static HttpAnswer answer(int code, String... headers) {
    return new HttpAnswer(code, Headers.of(headers), "");
  }

  private HttpRequests.Attempt always(HttpAnswer answer) {
    return () -> {
      asked.incrementAndGet();
      return answer;
    };
  }

  private HttpRequests.Attempt failing(IOException fault) {
    return () -> {
      asked.incrementAndGet();
      throw fault;
    };
  }

  @Test
  void asManyTriesAsAreAllowed() throws Exception {
    assertThat(requests(UploadTimeouts.PROBE).persist(always(answer(503))).code()).isEqualTo(503);
    assertThat(asked).hasValue(2);
  }

  /** 120 s less the 5 % that a fault needs to be told. */
  @Test
  void otherwiseAsLongAsThereIsTime() {
    assertThatThrownBy(
            () -> requests(UploadTimeouts.UPLOAD).persist(failing(new ConnectException("secret"))))
        .isInstanceOf(StoreFault.class)
        .hasMessage("connection refused");
    assertThat(time.since(0)).isBetween(Duration.ofSeconds(95), Duration.ofSeconds(114));
    assertThat(asked.get()).isBetween(8, 30);
  }

  @Test
  void theServersPauseIsKeptToTheLastSecondThatThereIs() throws Exception {
    HttpRequests requests = requests(UploadTimeouts.UPLOAD);
    assertThat(requests.persist(always(answer(429, "Retry-After", "114"))).code()).isEqualTo(429);
    assertThat(asked).hasValue(2);
    assertThat(time.since(0)).isEqualTo(Duration.ofSeconds(114));
    asked.set(0);
    requests.persist(always(answer(429, "Retry-After", "115")));
    assertThat(asked).hasValue(1);
  }

  /** A server in trouble may ask for no pause at all. */
  @Test
  void noServerIsAskedWithoutAPause() throws Exception {
    requests(UploadTimeouts.PROBE).persist(always(answer(503, "Retry-After", "0")));
    assertThat(time.since(0)).isBetween(Duration.ofMillis(200), Duration.ofSeconds(1));
  }

  @Test
  void tellsWhatItWasAskedAgainFor() throws Exception {
    HttpRequests requests = requests(UploadTimeouts.PROBE);
    assertThat(requests.persist(always(answer(200))).code()).isEqualTo(200);
    assertThat(asked).hasValue(1);
    assertThat(requests.lastRetry()).isEmpty();
    requests.persist(always(answer(503)));
    assertThat(requests.lastRetry()).contains("the server answered 503");
    requests.forget();
    assertThat(requests.lastRetry()).isEmpty();
  }

  @Test
  void anAddressThatIsNotPublicIsNotAskedAgain() {
    NotPublicException fault =
        catchThrowableOfType(
            NotPublicException.class, () -> AddressGuard.of(false).lookup("10.0.0.1"));
    assertThatThrownBy(() -> requests(UploadTimeouts.UPLOAD).persist(failing(fault)))
        .isInstanceOf(StoreFault.class)
        .hasMessageContaining("10.0.0.1 is not public");
    assertThat(asked).hasValue(1);
  }

  @Test
  void aCertificateForAnotherHostIsSaidAndNotAskedAgain() {
    IOException fault = new SSLHandshakeException("x");
    fault.initCause(new CertificateException("No name matching"));
    assertThatThrownBy(() -> requests(UploadTimeouts.UPLOAD).persist(failing(fault)))
        .isInstanceOf(StoreFault.class)
        .hasMessage("the server's TLS certificate is not valid for this host");
    assertThat(asked).hasValue(1);
  }

  @Test
  void whoIsInterruptedAsksNoMore() {
    HttpRequests.Attempt interrupted =
        () -> {
          asked.incrementAndGet();
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("x");
        };
    assertThatThrownBy(() -> requests(UploadTimeouts.UPLOAD).persist(interrupted))
        .isInstanceOf(InterruptedException.class);
    assertThat(asked).hasValue(1);
  }

  /** Where a body comes it is announced; a question has none to announce. */
  @Test
  void onlyABodyIsAnnounced() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      HttpRequests requests = requests(UploadTimeouts.UPLOAD);
      Request.Builder to = new Request.Builder().url(s3.url() + "/videos/a");
      requests.send(to.put(RequestBody.create(new byte[] {1})).build());
      assertThat(s3.heads().getLast()).contains("Expect: 100-continue");
      requests.send(to.put(RequestBody.create(new byte[0])).build());
      assertThat(s3.heads().getLast()).doesNotContain("Expect");
      requests.send(to.head().build());
      assertThat(s3.heads().getLast()).doesNotContain("Expect");
    }
  }

  /** Who is silent at a question has not refused to be told of a body. */
  @Test
  void onlyAnAnnouncementThatIsNotHeardIsTheLast() throws Exception {
    UploadTimeouts patience =
        new UploadTimeouts(
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            Duration.ofMillis(300),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            1);
    try (FakeS3 s3 = FakeS3.start()) {
      HttpRequests requests = requests(patience);
      Request.Builder to = new Request.Builder().url(s3.url() + "/videos/a");
      Request put = to.put(RequestBody.create(new byte[] {1})).build();
      s3.fail("HEAD", new Fault.Silence());
      assertThatThrownBy(() -> requests.send(to.head().build()))
          .isInstanceOf(SocketTimeoutException.class);
      requests.send(put);
      assertThat(s3.heads().getLast()).contains("Expect: 100-continue");
      s3.fail("PUT", new Fault.NoContinue());
      assertThatThrownBy(() -> requests.send(put)).isInstanceOf(SocketTimeoutException.class);
      requests.send(put);
      assertThat(s3.heads().getLast()).startsWith("PUT").doesNotContain("Expect");
    }
  }

  /** A refusal is read to some length, and a success not at all. */
  @Test
  void ofARefusalTheBeginningIsRead() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.fail("PUT", new Fault.Status(403, "x".repeat(20_000)));
      Request put =
          new Request.Builder()
              .url(s3.url() + "/videos/a")
              .put(RequestBody.create(new byte[] {1}))
              .build();
      HttpRequests requests = requests(UploadTimeouts.UPLOAD);
      assertThat(requests.send(put).body()).hasSize(8192).startsWith("<Error><Code>xxx");
      assertThat(requests.send(put).body()).isEmpty();
    }
  }
}
