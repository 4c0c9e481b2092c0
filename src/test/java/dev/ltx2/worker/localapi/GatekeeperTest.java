package dev.ltx2.worker.localapi;

import static dev.ltx2.worker.localapi.TestServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.localapi.TestServer.With;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may call, and what a page of another site may not. */
class GatekeeperTest {
  private static final LocalApiSettings LOCKED =
      new LocalApiSettings(
          "127.0.0.1",
          0,
          Optional.of("s3cret"),
          Set.of("https://friend.example"),
          Set.of("gpu.lan"));

  @TempDir Path folder;

  /** One request on a socket of its own, as the Java client writes no Host of a caller's choice. */
  private static String raw(TestServer server, String request) throws Exception {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.api.address().getPort())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(all);
      return all.toString(StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:8000, 200",
    "LOCALHOST, 200",
    "127.0.0.1:8000, 200",
    "192.168.3.4, 200",
    "[::1]:8000, 200",
    "gpu.lan:8000, 200",
    "evil.example, 403",
    "localhost.evil.example:8000, 403",
    "127.0.0.1.evil.example, 403",
    "a b, 400",
  })
  void onlyHostsThatNobodyElseCanPointHereAreAnswered(String host, int status) throws Exception {
    try (TestServer server = new TestServer(folder, With.USUAL.settings(LOCKED))) {
      String answer =
          raw(
              server,
              "GET /health HTTP/1.1\r\nHost: "
                  + host
                  + "\r\nAuthorization: Bearer s3cret\r\nConnection: close\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer s3cret, 200",
    "bearer s3cret, 200",
    "s3cret, 200",
    "Bearer s3cre, 401",
    "Bearer, 401",
    "'', 401",
  })
  void theKeyIsAskedFor(String header, int status) throws Exception {
    try (TestServer server = new TestServer(folder, With.USUAL.settings(LOCKED))) {
      var answer = server.send(server.request("/health").header("Authorization", header));
      assertThat(answer.statusCode()).isEqualTo(status);
      assertThat(server.get("/jobs").statusCode()).isEqualTo(401);
      assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
      assertThat(server.post("/files", "x").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void thePageItsFilesAndItsSettingsNeedNoKey() throws Exception {
    try (TestServer server = new TestServer(folder, With.USUAL.settings(LOCKED))) {
      Path made = folder.resolve("v");
      Files.writeString(made, "0123456789");
      String name = server.files.add(made, "mp4").getFileName().toString();
      assertThat(server.get("/files/" + name).body()).isEqualTo("0123456789");
      assertThat(server.get("/docs").statusCode()).isEqualTo(200);
      assertThat(good(server.get("/settings.json")).path("auth").asBoolean()).isTrue();
    }
  }

  @Test
  void withoutAKeyAnyAuthorizationIsIgnored() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      var answer = server.send(server.request("/health").header("Authorization", "Bearer any"));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(good(server.get("/settings.json")).path("auth").asBoolean()).isFalse();
    }
  }

  @Test
  void pagesOfOtherSitesMayNotCall() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      var foreign =
          server
              .request("/run")
              .header("Origin", "https://evil.example")
              .POST(BodyPublishers.ofString("{\"input\":{}}"));
      assertThat(server.send(foreign).statusCode()).isEqualTo(403);
      assertThat(server.send(server.request("/health").header("Origin", "null")).statusCode())
          .isEqualTo(403);
      assertThat(server.jobs.started).isEmpty();
      String own = server.url("").toString();
      assertThat(server.send(server.request("/health").header("Origin", own)).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void trustedPagesGetWhatTheirBrowserAsksFor() throws Exception {
    try (TestServer server = new TestServer(folder, With.USUAL.settings(LOCKED))) {
      var asked =
          server.send(
              server
                  .request("/v2/x/run")
                  .method("OPTIONS", BodyPublishers.noBody())
                  .header("Origin", "https://friend.example")
                  .header("Access-Control-Request-Method", "POST"));
      assertThat(asked.statusCode()).isEqualTo(204);
      assertThat(asked.headers().firstValue("Access-Control-Allow-Origin"))
          .contains("https://friend.example");
      assertThat(asked.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
          .contains("Authorization");
    }
  }

  @Test
  void thePageMayDoNothingButAskThisServer() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      var page = server.get("/");
      assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe");
      String tag = page.headers().firstValue("ETag").orElseThrow();
      var again = server.send(server.request("/").header("If-None-Match", tag));
      assertThat(again.statusCode()).isEqualTo(304);
      assertThat(again.body()).isEmpty();
      for (String asset : new String[] {"/docs", "/docs.js", "/docs.css"}) {
        assertThat(server.get(asset).body()).isNotEmpty().doesNotContain("http://", "https://");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/files/../lock",
    "/files/%2e%2e/lock",
    "/files/..%2flock",
    "/files/%2e%2e%2fqueue",
    "/../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/page/../LocalApi.class",
    "/LocalApi.class",
    "/files/",
    "/files/0123456789abcdef0123456789abcdef.mp4",
    "/openapi.json/",
    "/package-info.html",
  })
  void tricksWithPathsFindNothing(String path) throws Exception {
    try (TestServer server = new TestServer(folder)) {
      String answer =
          raw(server, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(answer).doesNotContain("root:").doesNotContain("cafebabe");
      assertThat(answer.substring(9, 12)).isIn("404", "400", "405", "200");
      if (answer.startsWith("HTTP/1.1 200")) {
        assertThat(path).isEqualTo("/openapi.json/");
      }
    }
  }

  @Test
  void filesAreServedInParts() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      Path made = folder.resolve("v");
      Files.writeString(made, "0123456789");
      String path = "/files/" + server.files.add(made, "mp4").getFileName();
      var part = server.send(server.request(path).header("Range", "bytes=2-4"));
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo("234");
      assertThat(part.headers().firstValue("Content-Range")).contains("bytes 2-4/10");
      assertThat(part.headers().firstValue("Content-Type")).contains("video/mp4");
      var beyond = server.send(server.request(path).header("Range", "bytes=20-"));
      assertThat(beyond.statusCode()).isEqualTo(416);
      var head = server.send(server.request(path).method("HEAD", BodyPublishers.noBody()));
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.headers().firstValue("Content-Length")).contains("10");
      assertThat(head.body()).isEmpty();
    }
  }

  @Test
  void whatWasSentHasAnAddressUnderTheHostOfTheRequest() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      var sent =
          server.send(
              server
                  .request("/v2/x/files")
                  .header("X-File-Name", "portrait.png")
                  .POST(BodyPublishers.ofString("pixels")));
      assertThat(sent.statusCode()).isEqualTo(201);
      var file = TestServer.JSON.readTree(sent.body());
      assertThat(file.path("url").asText())
          .matches(server.url("/files/").toString() + "[0-9a-f]{32}\\.png");
      assertThat(file.path("name").asText()).isEqualTo("portrait.png");
      assertThat(file.path("size").asInt()).isEqualTo(6);
      assertThat(file.path("width").asInt()).isEqualTo(4);
      assertThat(server.files.ofAddress(file.path("url").asText())).isPresent();
      assertThat(server.files.ofAddress("https://other.example/a.png")).isEmpty();
    }
  }

  @Test
  void whatWasSentGoesWhenNoJobCanWantItAnyMore() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (TestServer server = new TestServer(folder, With.USUAL.time(time))) {
      List<Path> sent = new ArrayList<>();
      List<String> urls = new ArrayList<>();
      for (String content : List.of("used", "unused")) {
        var answer = server.send(server.request("/files").POST(BodyPublishers.ofString(content)));
        String url = TestServer.JSON.readTree(answer.body()).path("url").asText();
        urls.add(url);
        sent.add(server.files.ofAddress(url).orElseThrow());
      }
      time.advance(Duration.ofDays(7));
      server.run("{\"keyframes\":[{\"image_url\":\"" + urls.getFirst() + "\"}]}");
      time.advance(Duration.ofDays(2));
      server.files.deleteUnused();
      assertThat(sent.getFirst()).exists();
      assertThat(sent.getLast()).doesNotExist();
    }
  }
}
