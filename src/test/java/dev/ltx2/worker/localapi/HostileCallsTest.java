package dev.ltx2.worker.localapi;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hundred clients that mean no good, and one that does. */
class HostileCallsTest {
  private static final int COUNT = 200;
  private static final byte[] BLOCK = new byte[65_536];

  @TempDir Path folder;

  private final List<Socket> open = new ArrayList<>();

  private interface Trick {
    void play(OutputStream out) throws IOException;
  }

  private static Trick text(String request) {
    return out -> out.write(request.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static final String POST = "POST /run HTTP/1.1\r\nHost: localhost\r\n";

  private static List<Trick> tricks() {
    return List.of(
        // bodies that never come, or come by the byte
        text(POST + "Content-Length: 9000000\r\n\r\n{\"input\":"),
        text(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"inp"),
        text("POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\nx"),
        // headers that never end
        text("GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: "),
        text("G"),
        // 100 MB, told and untold
        out -> {
          out.write(
              (POST + "Content-Length: 100000000\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
          for (int i = 0; i < 100; i++) {
            out.write(BLOCK);
          }
        },
        out -> {
          out.write(
              (POST + "Transfer-Encoding: chunked\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
          for (int i = 0; i < 200; i++) {
            out.write("10000\r\n".getBytes(StandardCharsets.ISO_8859_1));
            out.write(BLOCK);
            out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
          }
        },
        // lengths that lie
        text(POST + "Content-Length: -1\r\n\r\n{}"),
        text(POST + "Content-Length: 99999999999999999999\r\n\r\n{}"),
        text(POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}"),
        text(POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        // floods of headers
        text("GET /health HTTP/1.1\r\n" + "X-Flood: yes\r\n".repeat(5000) + "\r\n"),
        text("GET /health HTTP/1.1\r\nX-Flood: " + "y".repeat(200_000) + "\r\n\r\n"),
        // paths
        text("GET /" + "a/".repeat(10_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        text("GET /status/" + "%00".repeat(500) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        text("GET /?" + "a=b&".repeat(2000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        text("\u0000\u0001\u0002 not HTTP at all\r\n\r\n"));
  }

  private void play(TestServer server, Trick trick) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.api.address().getPort());
      open.add(socket);
      socket.setSoTimeout(1);
      trick.play(socket.getOutputStream());
      InputStream in = socket.getInputStream();
      in.read(BLOCK); // what there is by now; slow ones have nothing
    } catch (IOException e) {
      // Refused in the midst of it, which is as good.
    }
  }

  @Test
  void nobodyElseLosesAJobByThem() throws Exception {
    Random random = new Random(7);
    try (TestServer server = new TestServer(folder)) {
      String running = server.run("{\"wait\":true}");
      server.await(running, "IN_PROGRESS");
      List<String> honest = new ArrayList<>();
      List<Trick> tricks = tricks();
      for (int i = 0; i < COUNT; i++) {
        play(server, tricks.get(i < tricks.size() ? i : random.nextInt(tricks.size())));
        if (i % 20 == 0) {
          honest.add(server.run("{}"));
        }
      }
      assertThat(server.status(running).path("status").asText()).isEqualTo("IN_PROGRESS");
      server.jobs.release(running);
      for (String id : honest) {
        server.await(id, "COMPLETED");
      }
      assertThat(server.jobs.started).hasSize(honest.size() + 1);
      for (Socket socket : open) {
        socket.close();
      }
      Awaitility.await().until(() -> files(folder.resolve("incoming")) == 0);
      server.await(server.run("{}"), "COMPLETED");
    }
  }

  private static long files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }

  @Test
  void aBodyThatIsTooLongIsToldSo() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      for (int i = 0; i < 20; i++) {
        var told = server.post("/run", "x".repeat(10_000_001));
        assertThat(told.statusCode()).isEqualTo(413);
        assertThat(told.body()).contains("longer than 10 MB").contains("/files");
      }
      String fits = "{\"input\":{\"prompt_positive\":\"" + "x".repeat(9_999_900) + "\"}}";
      assertThat(server.post("/run", fits).statusCode()).isEqualTo(200);
      assertThat(server.post("/runsync", "x".repeat(10_000_001)).statusCode()).isEqualTo(400);
    }
  }

  /** Also one that comes in chunks, and one that is announced and need not come at all. */
  @Test
  void anyClientHearsThatItsBodyIsTooLong() throws Exception {
    try (TestServer server = new TestServer(folder)) {
      byte[] fits = ("{\"input\":{\"a\":\"" + "x".repeat(9_900_000) + "\"}}").getBytes(US_ASCII);
      var whole = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(fits));
      assertThat(server.send(server.request("/run").POST(whole)).statusCode()).isEqualTo(200);
      byte[] body = new byte[12_000_000];
      var chunks = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
      var told = server.send(server.request("/run").POST(chunks));
      assertThat(told.statusCode()).isEqualTo(413);
      assertThat(told.body()).contains("longer than 10 MB");
      var large = server.request("/files").POST(BodyPublishers.ofByteArray(new byte[52_428_801]));
      assertThat(server.send(large).body()).contains("longer than 52 MB: make the file smaller");
      assertThat(announced(server.url("/run"), body.length)).startsWith("HTTP/1.1 413 ");
      // A body goes when its exchange is over, which the client does not wait for
      Awaitility.await().until(() -> files(folder.resolve("incoming")) == 0);
      server.await(server.run("{}"), "COMPLETED");
    }
  }

  /** The answer to a head alone. */
  private static String announced(URI url, int length) throws IOException {
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      String head =
          "POST %s HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
              .formatted(url.getPath(), url.getAuthority(), length);
      socket.getOutputStream().write(head.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }
}
