package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a socket that fails is tried again, by a clock that the test moves. */
class EventSocketTest {
  private final ManualTime time = ManualTime.frozen();
  private final BlockingQueue<PromptEvent> inbox = new LinkedBlockingQueue<>();
  private ServerSocket server;
  private EventSocket socket;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    URI uri = URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/ws?clientId=c");
    socket = new EventSocket(uri, time, EventSocket.PING_SECONDS);
    socket.register("p", inbox);
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
    server.close();
  }

  /** Lets the next connection fail, so long after it was tried. */
  private void fails(Duration later) throws Exception {
    try (Socket connection = server.accept()) {
      assertThat(connection.isConnected()).isTrue();
      time.advance(later);
    }
    assertThat(inbox.poll(30, TimeUnit.SECONDS)).isInstanceOf(PromptEvent.SocketDown.class);
  }

  private boolean tried() throws IOException {
    server.setSoTimeout(100);
    try (Socket _ = server.accept()) {
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } finally {
      server.setSoTimeout(0);
    }
  }

  private void triedAgainAfter(int millis) throws Exception {
    time.advance(Duration.ofMillis(millis - 1));
    socket.revive();
    assertThat(tried()).as("%d ms after the last try", millis - 1).isFalse();
    time.advance(Duration.ofMillis(1));
    socket.revive();
    fails(Duration.ZERO);
  }

  @Test
  void pausesDoubleUpToFiveSeconds() throws Exception {
    socket.revive();
    fails(Duration.ZERO);
    for (int millis : new int[] {250, 500, 1000, 2000, 4000, 5000, 5000}) {
      triedAgainAfter(millis);
    }
  }

  @Test
  void aSocketThatHeldIsTriedAgainAtOnce() throws Exception {
    socket.revive();
    fails(Duration.ZERO);
    triedAgainAfter(250);
    time.advance(Duration.ofMillis(500));
    socket.revive();
    fails(Duration.ofMillis(5001));
    socket.revive();
    fails(Duration.ZERO);
    triedAgainAfter(250);
  }

  @Test
  void aClosedSocketStaysClosed() throws Exception {
    socket.close();
    time.advance(Duration.ofMinutes(1));
    socket.revive();
    assertThat(tried()).isFalse();
  }
}
