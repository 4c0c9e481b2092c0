package dev.ltx2.worker.storage;

import static dev.ltx2.worker.storage.StoreContract.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.Uploader;
import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.gcs.GcsBucket;
import dev.ltx2.worker.storage.gcs.GcsClient;
import dev.ltx2.worker.storage.gcs.GcsCredentials;
import dev.ltx2.worker.storage.gcs.Retries;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A service account from its key file to the bucket, with a token endpoint of our own. */
class GcsCredentialsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final KeyPair KEYS = keys();
  private final FakeGcs gcs = FakeGcs.start();
  private final CapturedLogs logs = new CapturedLogs();
  private HttpServer tokens;
  private volatile int tokenStatus = 200;
  private volatile String refused;
  @TempDir Path temp;

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void start() throws IOException {
    tokens = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tokens.createContext("/token", this::issue);
    tokens.start();
    gcs.makePrivate();
    gcs.accept("t0k3n"::equals);
  }

  @AfterEach
  void noSecretInAnyLine() {
    tokens.stop(0);
    gcs.close();
    logs.close();
    String key = Base64.getEncoder().encodeToString(KEYS.getPrivate().getEncoded());
    assertThat(logs.lines())
        .noneMatch(line -> line.contains("t0k3n"))
        .noneMatch(line -> line.contains("X-Goog-Signature"))
        .noneMatch(line -> line.contains(key.substring(100, 140)));
  }

  /** Issues a token for an assertion that this very key has signed. */
  private void issue(HttpExchange exchange) throws IOException {
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String jwt =
        URLDecoder.decode(form.replaceFirst(".*assertion=([^&]+).*", "$1"), StandardCharsets.UTF_8);
    int dot = jwt.lastIndexOf('.');
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(KEYS.getPublic());
      signature.update(jwt.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
      if (!signature.verify(Base64.getUrlDecoder().decode(jwt.substring(dot + 1)))) {
        refused = jwt;
      }
    } catch (GeneralSecurityException e) {
      refused = e.toString();
    }
    String answer =
        tokenStatus == 200 && refused == null
            ? "{\"access_token\":\"t0k3n\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"
            : "{\"error\":\"invalid_grant\",\"error_description\":\"secret t0k3n story\"}";
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(refused == null ? tokenStatus : 400, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String keyFile() throws IOException {
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(KEYS.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    return JSON.writeValueAsString(
        Map.of(
            "type", "service_account",
            "project_id", "test",
            "private_key_id", "1",
            "private_key", pem,
            "client_email", "worker@test.example",
            "client_id", "1",
            "token_uri", "http://127.0.0.1:" + tokens.getAddress().getPort() + "/token"));
  }

  private VideoStore store(UrlKind url, GcsCredentials credentials) {
    GcsBucket bucket =
        new GcsBucket("videos", "p", url, Duration.ofHours(2), Optional.of(gcs.url()), credentials);
    Uploader uploader =
        GcsStoreContract.uploader(
            bucket,
            (b, patience, retries) ->
                GcsClient.build(b, GcsClient.credentials(credentials), patience, retries));
    return StoreContract.store(uploader, temp.resolve("unsent"), Clock.SYSTEM);
  }

  private Path video() throws IOException {
    return Files.write(temp.resolve("v.mp4"), new byte[] {1, 2, 3});
  }

  @Test
  void uploadsWithAKeyInTheEnvironment() throws Exception {
    Stored stored = put(store(UrlKind.PUBLIC, new GcsCredentials.Json(keyFile())), "job", video());
    assertThat(refused).isNull();
    assertThat(stored).isInstanceOf(Stored.Uploaded.class);
    assertThat(gcs.objects().get("p/job/ltx2_videos/a.mp4").size()).isEqualTo(3);
  }

  @Test
  void signsUrlsWithAKeyFile() throws Exception {
    Path file = Files.writeString(temp.resolve("key.json"), keyFile());
    Stored.Uploaded stored =
        (Stored.Uploaded)
            store(UrlKind.SIGNED, new GcsCredentials.File(file))
                .store("job", video(), "a b.mp4", new Target.None(), UploadListener.NONE);
    assertThat(stored.videoUrl())
        .contains("/videos/p/job/ltx2_videos/a%20b.mp4?")
        .contains("X-Goog-Algorithm=GOOG4-RSA-SHA256", "X-Goog-Expires=7200", "X-Goog-Signature=");
    assertThat(gcs.objects().get("p/job/ltx2_videos/a b.mp4").cacheControl()).startsWith("private");
  }

  @Test
  void aRefusedKeyPutsTheVideoIntoTheAnswer() throws Exception {
    tokenStatus = 400;
    assertThat(put(store(UrlKind.PUBLIC, new GcsCredentials.Json(keyFile())), "j", video()))
        .isEqualTo(
            new Stored.Inline(
                temp.resolve("v.mp4"),
                "GCS upload failed: no access token for these credentials (the token endpoint"
                    + " answered 400)"));
  }

  @Test
  void aTokenThatTheBucketRefuses() throws Exception {
    gcs.accept(_ -> false);
    assertThat(put(store(UrlKind.PUBLIC, new GcsCredentials.Json(keyFile())), "j", video()))
        .isEqualTo(
            new Stored.Inline(
                temp.resolve("v.mp4"), "GCS upload failed: 401, the credentials were refused"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"private_key\": \"s3cret | is not valid JSON",
        "s3cret | is not valid JSON",
        "[] | has no \"type\"",
        "{\"private_key\":\"s3cret\"} | has no \"type\"",
        "{\"type\":\"s3cret\"} | is of a type that cannot be used",
        "{\"type\":\"service_account\",\"private_key\":\"s3cret\"} | is not a whole key file",
        "{\"type\":\"service_account\",\"client_id\":\"1\",\"client_email\":\"e\","
            + "\"private_key_id\":\"1\",\"private_key\":\"s3cret\"} | is not a whole key file"
      })
  void saysWhatIsWrongWithAKeyWithoutShowingIt(String json, String words) {
    assertThatThrownBy(() -> GcsClient.credentials(new GcsCredentials.Json(json)))
        .isInstanceOf(StoreFault.class)
        .hasMessageStartingWith("GCS_CREDENTIALS_JSON")
        .hasMessageContaining(words)
        .hasMessageNotContaining("s3cret")
        .hasNoCause();
  }

  @Test
  void aMissingKeyFileIsNamed() {
    Path missing = temp.resolve("none.json");
    assertThatThrownBy(() -> GcsClient.credentials(new GcsCredentials.File(missing)))
        .hasMessage(
            "GOOGLE_APPLICATION_CREDENTIALS (" + missing + ") names a file that does not exist");
  }

  @Test
  void signedUrlsNeedAServiceAccount() {
    String user =
        "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s3cret\","
            + "\"refresh_token\":\"r\"}";
    GcsBucket bucket =
        new GcsBucket(
            "videos",
            "p",
            UrlKind.SIGNED,
            Duration.ofHours(1),
            Optional.empty(),
            new GcsCredentials.Json(user));
    assertThatThrownBy(() -> GcsClient.build(bucket, StoreContract.QUICK, new Retries("videos")))
        .hasMessageStartingWith("GCS_URL=signed needs a service account");
  }

  @Test
  void theClientIsBuiltInTheBackground() throws Exception {
    StorageSettings settings =
        StorageSettings.from(
            Map.of("GCS_BUCKET", "videos", "GCS_CREDENTIALS_JSON", "s3cret, not JSON"));
    VideoStore store = VideoStores.of(settings, Clock.SYSTEM);
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(logs.lines())
                .contains("GCS cannot be used: GCS_CREDENTIALS_JSON is not valid" + " JSON"));
    assertThat(put(store, "job", video()))
        .isEqualTo(
            new Stored.Inline(
                temp.resolve("v.mp4"),
                "GCS upload failed: GCS_CREDENTIALS_JSON is not valid JSON"));
  }
}
