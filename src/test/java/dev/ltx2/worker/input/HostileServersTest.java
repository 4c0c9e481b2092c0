package dev.ltx2.worker.input;

import static dev.ltx2.worker.input.HostileFiles.ascii;
import static dev.ltx2.worker.input.HostileFiles.head;
import static dev.ltx2.worker.input.HostileFiles.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.net.AddressGuard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that stall, lie, flood and break off, over raw sockets. */
@Timeout(20)
class HostileServersTest {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final int LIMIT = 1 << 20;
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String EARLY = "the connection ended too early";
  private static final String INVALID = "the server's answer is not valid HTTP or gzip";

  @TempDir Path dir;

  private Downloads downloads(Duration connect, Duration idle, Duration total) {
    return new Downloads(
        new Downloads.Options(new InputLimits(LIMIT, connect, idle, total), true, Optional.empty()),
        ManualTime.skipping());
  }

  private DownloadException failure(Downloads downloads, String url) throws IOException {
    DownloadException failure =
        catchThrowableOfType(
            DownloadException.class, () -> downloads.fetch(Fixtures.image(url, null), dir));
    assertThat(failure).isNotNull();
    assertThat(failure.getMessage()).doesNotContain("canary").doesNotContain("\n");
    try (Stream<Path> left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
    return failure;
  }

  private static Arguments of(
      String what, Peer.Script script, String reason, boolean retryable, int connections) {
    return arguments(what, script, reason, retryable, connections);
  }

  private static Peer.Script says(Object... parts) {
    return (_, out) -> write(out, parts);
  }

  private static void write(OutputStream out, Object... parts) throws IOException {
    for (Object part : parts) {
      out.write(part instanceof byte[] bytes ? bytes : ascii(part.toString()));
    }
    out.flush();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  static List<Arguments> peers() throws IOException {
    byte[] png = Fixtures.PNG;
    byte[] bomb = gzip(new byte[64 << 20]);
    byte[] zipped = gzip(png);
    String large = "larger than 1 MB";
    List<Arguments> peers = new ArrayList<>();
    peers.add(of("closes at once", (socket, _) -> socket.close(), EARLY, true, 2));
    peers.add(of("resets at once", (socket, _) -> Peer.reset(socket), "connection reset", true, 2));
    peers.add(
        of(
            "resets in the body",
            (socket, out) -> {
              write(out, OK, "Content-Length: 9999\r\n\r\n", head(png, 20));
              Peer.reset(socket);
            },
            "connection reset",
            true,
            2));
    peers.add(
        of(
            "sends less than it said",
            says(OK, "Content-Length: 9999\r\n\r\n", png),
            EARLY,
            true,
            2));
    peers.add(
        of(
            "breaks off a chunk",
            says(OK, "Transfer-Encoding: chunked\r\n\r\n", "ffff\r\n", png),
            EARLY,
            true,
            2));
    peers.add(
        of(
            "sends a bad chunk size",
            says(OK, "Transfer-Encoding: chunked\r\n\r\n", "zz\r\n", png),
            INVALID,
            false,
            1));
    peers.add(
        of(
            "sends a negative chunk size",
            says(OK, "Transfer-Encoding: chunked\r\n\r\n", "-5\r\n", png),
            INVALID,
            false,
            1));
    peers.add(
        of("announces too much", says(OK, "Content-Length: 1048577\r\n\r\n"), large, false, 1));
    peers.add(
        of(
            "announces 9 EB",
            says(OK, "Content-Length: 9223372036854775807\r\n\r\n"),
            large,
            false,
            1));
    peers.add(of("never ends, without a length", flood(""), large, false, 1));
    peers.add(
        of(
            "never ends, in chunks",
            (_, out) -> {
              write(out, OK, "Transfer-Encoding: chunked\r\n\r\n");
              while (true) {
                write(out, "1000\r\n", new byte[0x1000], "\r\n");
              }
            },
            large,
            false,
            1));
    peers.add(
        of("announces less than nothing", flood("Content-Length: -5\r\n"), INVALID, false, 1));
    peers.add(
        of(
            "sends a gzip bomb",
            says(OK, "Content-Encoding: gzip\r\nContent-Length: " + bomb.length + "\r\n\r\n", bomb),
            large,
            false,
            1));
    peers.add(
        of(
            "sends a gzip bomb in chunks",
            says(
                OK,
                "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
                Integer.toHexString(bomb.length) + "\r\n",
                bomb,
                "\r\n0\r\n\r\n"),
            large,
            false,
            1));
    peers.add(
        of(
            "sends half a gzip",
            says(OK, "Content-Encoding: gzip\r\nContent-Length: 50\r\n\r\n", head(zipped, 50)),
            EARLY,
            true,
            2));
    peers.add(
        of(
            "says gzip and does not",
            says(OK, "Content-Encoding: gzip\r\nContent-Length: " + png.length + "\r\n\r\n", png),
            INVALID,
            false,
            1));
    peers.add(
        of(
            "sends a gzip with a wrong checksum",
            says(
                OK,
                "Content-Encoding: gzip\r\n\r\n",
                HostileFiles.set(zipped, zipped.length - 8, 1, 2, 3, 4)),
            INVALID,
            false,
            1));
    for (String encoding : List.of("br", "gzip, gzip", "zstd", "compress", "canary\u00e4")) {
      peers.add(
          of(
              "encodes with " + encoding,
              says(OK, "Content-Encoding: " + encoding + "\r\n\r\n", png),
              "sent with a Content-Encoding that was not asked for",
              false,
              1));
    }
    peers.add(of("speaks no HTTP", says("SSH-2.0-canary\r\n"), INVALID, false, 1));
    peers.add(of("speaks HTTP/0.9", says(png), INVALID, false, 1));
    peers.add(of("says HTTP/9", says("HTTP/9.9 200 OK\r\n\r\n", png), INVALID, false, 1));
    peers.add(of("has no status", says("HTTP/1.1 abc OK\r\n\r\n", png), INVALID, false, 1));
    peers.add(
        of(
            "floods headers",
            (_, out) -> {
              write(out, OK);
              while (true) {
                write(out, "X-A: ", "a".repeat(1000), "\r\n");
              }
            },
            EARLY,
            true,
            2));
    peers.add(
        of(
            "puts a canary into its phrase",
            says("HTTP/1.1 404 canary\tcanary\r\nContent-Length: 0\r\n\r\n"),
            "404 Not Found",
            false,
            1));
    peers.add(
        of(
            "answers 404 with an image",
            says("HTTP/1.1 404 Not Found\r\n\r\n", png),
            "404 Not Found",
            false,
            1));
    peers.add(
        of(
            "answers with nothing",
            says(OK, "Content-Length: 0\r\n\r\n"),
            "the file is empty; accepted are JPEG, PNG and WebP",
            false,
            1));
    peers.add(
        of(
            "answers 401 again and again",
            says("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
            "401 Unauthorized",
            false,
            1));
    peers.add(
        of(
            "asks for a proxy's password",
            says("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
            INVALID,
            false,
            1));
    peers.add(
        of(
            "wants a protocol upgrade",
            says("HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
            "101",
            false,
            1));
    return peers;
  }

  private static Peer.Script flood(String header) {
    return (_, out) -> {
      write(out, OK, header, "\r\n");
      while (true) {
        write(out, new byte[4096]);
      }
    };
  }

  @ParameterizedTest(name = "a peer that {0}")
  @MethodSource("peers")
  void lies(String what, Peer.Script script, String reason, boolean retryable, int connections)
      throws IOException {
    try (Peer peer = new Peer(script)) {
      DownloadException failure = failure(downloads(LONG, LONG, LONG), peer.url("/?k=canary"));

      assertThat(failure.getMessage()).as(what).isEqualTo("Failed to download image: " + reason);
      assertThat(failure.retryable()).isEqualTo(retryable);
      assertThat(peer.connections()).isEqualTo(connections);
    }
  }

  @Test
  void gzipThatWasAskedForIsTakenOff() throws Exception {
    byte[] zipped = gzip(Fixtures.PNG);
    try (Peer peer = new Peer(says(OK, "Content-Encoding: gzip\r\n\r\n", zipped))) {
      assertThat(
              downloads(LONG, LONG, LONG)
                  .fetch(Fixtures.image(peer.url("/"), null), dir)
                  .images()
                  .getFirst())
          .hasBinaryContent(Fixtures.PNG);
    }
  }

  @Test
  void exactlyTheLimitIsAccepted() throws Exception {
    byte[] wav = Fixtures.wav((LIMIT - 44) / 2);
    assertThat(wav).hasSize(LIMIT);
    try (Peer peer = new Peer(says(OK, "\r\n", wav));
        Peer more = new Peer(says(OK, "\r\n", join(wav, new byte[1])))) {
      Downloads downloads = downloads(LONG, LONG, LONG);
      assertThat(downloads.fetchAudio(Fixtures.image("x", peer.url("/")), dir).orElseThrow())
          .hasBinaryContent(wav);
      Files.delete(dir.resolve("audio.wav"));
      assertThat(
              catchThrowableOfType(
                  DownloadException.class,
                  () -> downloads.fetchAudio(Fixtures.image("x", more.url("/")), dir)))
          .hasMessage("Failed to download audio: larger than 1 MB");
    }
  }

  @Test
  void aPeerThatNeverAnswers() throws IOException {
    try (Peer peer = new Peer((socket, _) -> socket.getInputStream().read())) {
      DownloadException failure = failure(downloads(LONG, SHORT, LONG), peer.url("/"));
      assertThat(failure)
          .hasMessage("Failed to download image: timed out after 400 ms without data");
      assertThat(failure.retryable()).isTrue();
      assertThat(peer.connections()).isEqualTo(1);
    }
  }

  @Test
  void aPeerThatStopsInTheBody() throws IOException {
    try (Peer peer =
        new Peer((socket, out) -> {
          write(out, OK, "Content-Length: 9999\r\n\r\n", head(Fixtures.PNG, 20));
          socket.getInputStream().read();
        })) {
      assertThat(failure(downloads(LONG, SHORT, LONG), peer.url("/")))
          .hasMessage("Failed to download image: timed out after 400 ms without data");
    }
  }

  @Test
  void aPeerThatDripsItsBodyOrItsHead() throws IOException {
    for (String start : List.of(OK + "Content-Length: 9999\r\n\r\n", OK + "X: ")) {
      try (Peer peer =
          new Peer((socket, out) -> {
            write(out, start);
            socket.setSoTimeout(20);
            while (true) {
              drip(socket, out);
            }
          })) {
        DownloadException failure = failure(downloads(LONG, LONG, SHORT), peer.url("/"));
        assertThat(failure)
            .hasMessage("Failed to download image: timed out: not finished within 400 ms");
        assertThat(failure.retryable()).isTrue();
      }
    }
  }

  /** One byte, then 20 ms of listening. */
  private static void drip(Socket socket, OutputStream out) throws IOException {
    write(out, "x");
    try {
      if (socket.getInputStream().read() < 0) {
        throw new IOException("gone");
      }
    } catch (SocketTimeoutException e) {
      assertThat(e).isNotNull();
    }
  }

  @Test
  void endlessInterimAnswersEnd() throws IOException {
    try (Peer peer =
        new Peer((_, out) -> {
          while (true) {
            write(out, "HTTP/1.1 100 Continue\r\n\r\n");
          }
        })) {
      assertThat(failure(downloads(LONG, LONG, SHORT), peer.url("/")).getMessage())
          .startsWith("Failed to download image: ");
    }
  }

  @Test
  void redirectsShareOneTimeLimit() throws IOException {
    try (Peer peer =
        new Peer((socket, out) -> {
          write(out, "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 9999\r\n\r\n");
          socket.getInputStream().read();
        })) {
      assertThat(failure(downloads(LONG, LONG, LONG), peer.url("/")))
          .hasMessage("Failed to download image: more than 5 redirects");
    }
  }

  /** Neither reading nor closing such a body works; OkHttp must have its connection back. */
  @Test
  void aNegativeLengthLeavesNoConnectionBehind() throws Exception {
    HttpFetch fetch =
        new HttpFetch(
            new InputLimits(LIMIT, LONG, LONG, LONG),
            new AddressGuard(Dns.SYSTEM, _ -> true),
            ManualTime.skipping());
    try (Peer peer = new Peer(says(OK, "Content-Length: -5\r\n\r\n", Fixtures.PNG))) {
      assertThatThrownBy(() -> fetch.fetch(HttpUrl.get(peer.url("/")), dir.resolve("image")))
          .isInstanceOf(FetchException.class)
          .hasMessage(INVALID);
    }
    assertThat(fetch.busyConnections()).isZero();
  }

  @Test
  void nobodyListens() throws IOException {
    Peer peer = new Peer((_, _) -> {});
    peer.close();
    DownloadException failure = failure(downloads(LONG, LONG, LONG), peer.url("/"));
    assertThat(failure).hasMessage("Failed to download image: connection refused");
    assertThat(failure.retryable()).isTrue();
  }

  /** Linux drops the SYN of a connection that the listener's queue has no place for. */
  @Test
  void nobodyAccepts() throws IOException {
    List<Socket> queue = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      for (int i = 0; i < 2; i++) {
        queue.add(new Socket(full.getInetAddress(), full.getLocalPort()));
      }
      DownloadException failure =
          failure(downloads(SHORT, LONG, LONG), "http://127.0.0.1:" + full.getLocalPort() + "/");
      assertThat(failure).hasMessage("Failed to download image: timed out while connecting");
      assertThat(failure.retryable()).isTrue();
    } finally {
      for (Socket socket : queue) {
        socket.close();
      }
    }
  }

  @Test
  void httpsToAPeerWithoutTls() throws IOException {
    try (Peer peer = new Peer(says("HTTP/1.1 400 Bad Request\r\n\r\n"));
        ServerSocket plain = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = plain.accept()) {
              write(socket.getOutputStream(), "HTTP/1.1 400 Bad Request\r\n\r\n");
              socket.getInputStream().readAllBytes();
            } catch (IOException gone) {
              assertThat(gone).isNotNull();
            }
          });
      assertThat(
              failure(
                  downloads(LONG, LONG, LONG), "https://127.0.0.1:" + plain.getLocalPort() + "/"))
          .hasMessage("Failed to download image: TLS handshake failed");
      assertThat(peer.connections()).isZero();
    }
  }
}
