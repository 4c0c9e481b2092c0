package dev.ltx2.worker.rehearsal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A rehearsal ends whatever its clients do, none of which ends by itself; and in silence. */
@Timeout(60)
class ClosingTest {
  @TempDir Path folder;

  @BeforeEach
  void images() throws IOException {
    Graphs.images(folder);
  }

  /** Frames that arrive while their socket is being closed made Undertow log a stack trace. */
  @Test
  void isQuietWhileClientsTalk() throws Exception {
    try (CapturedLogs logs = new CapturedLogs(Level.WARN)) {
      for (int i = 0; i < 5; i++) {
        Rehearsal rehearsal = LtxRehearsal.start(folder);
        try (Client client = new Client(rehearsal.url()).connect();
            ExecutorService talking = Executors.newVirtualThreadPerTaskExecutor()) {
          client.await("status", null);
          client.prompt(Graphs.multiframe());
          client.await("execution_start", null);
          CountDownLatch heard = new CountDownLatch(4);
          for (int talker = 0; talker < 4; talker++) {
            talking.execute(() -> talk(rehearsal.url().getPort(), heard));
          }
          heard.await();
          rehearsal.close();
        }
      }
      // XNIO says so itself of a connection that comes at the very moment of closing.
      assertThat(logs.lines()).allMatch(line -> line.startsWith("XNIO001009"));
    }
  }

  /** Small frames, as many as the line takes, until it breaks. */
  private static void talk(int port, CountDownLatch heard) {
    byte[] frame = {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'};
    byte[] frames = new byte[8000];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = frame[i % frame.length];
    }
    try (Socket socket = connect(port, "talker-" + Thread.currentThread().threadId())) {
      while (true) {
        socket.getOutputStream().write(frames);
        heard.countDown();
      }
    } catch (IOException e) {
      // the end
    }
  }

  @Test
  void saysGoodbye() throws Exception {
    Rehearsal rehearsal = LtxRehearsal.start(folder);
    try (Client client = new Client(rehearsal.url()).connect()) {
      client.await("status", null);
      rehearsal.close();
      assertThat(client.ended.get(10, TimeUnit.SECONDS)).isEqualTo("closed 1001");
    }
  }

  /** One never reads and never says goodbye, one stops in the middle of an upload. */
  @Test
  void clientsThatHangHoldNothingUp() throws Exception {
    Rehearsal rehearsal = LtxRehearsal.start(folder);
    int port = rehearsal.url().getPort();
    try (Socket _ = connect(port, "deaf");
        Socket slow = new Socket(InetAddress.getLoopbackAddress(), port)) {
      send(slow, "POST /prompt HTTP/1.1\nHost: a\nContent-Length: 1000\n\n{");
      rehearsal.close();
    }
  }

  /** A WebSocket of few words. */
  private static Socket connect(int port, String clientId) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    send(
        socket,
        """
        GET /ws?clientId=%s HTTP/1.1
        Host: a
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

        """
            .formatted(clientId));
    assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
        .isEqualTo("HTTP/1.1 101");
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }
}
