package dev.ltx2.worker.input;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A raw TCP peer that says whatever a test wants, well-formed or not. */
final class Peer implements AutoCloseable {
  /** What happens on one connection, its request's head already read. */
  interface Script {
    void run(Socket socket, OutputStream out) throws Exception;
  }

  private final ServerSocket server;
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);

  Peer(Script script) throws IOException {
    this("127.0.0.1", script);
  }

  Peer(String address, Script script) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.ofLiteral(address));
    Thread.ofVirtual().start(() -> accept(script));
  }

  private void accept(Script script) {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket, script));
      }
    } catch (IOException closing) {
      closed.countDown();
    }
  }

  private static void serve(Socket socket, Script script) {
    try (socket) {
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        int c = in.read();
        if (c < 0) {
          return;
        }
        head.append((char) c);
      }
      script.run(socket, socket.getOutputStream());
    } catch (Exception gone) {
      // The client went away: just what some tests wait for.
    }
  }

  static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Closes with RST instead of FIN. */
  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Until the peer itself is closed. */
  void hang() throws InterruptedException {
    closed.await();
  }

  int connections() {
    return connections.get();
  }

  int port() {
    return server.getLocalPort();
  }

  String url(String path) {
    return "http://" + server.getInetAddress().getHostAddress() + ":" + port() + path;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
