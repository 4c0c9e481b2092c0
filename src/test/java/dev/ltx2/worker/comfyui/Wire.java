package dev.ltx2.worker.comfyui;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;

/** The network between client and server, which can be cut in every way a network can. */
final class Wire implements AutoCloseable {
  private final int target;
  private final List<Link> links = new CopyOnWriteArrayList<>();
  private final int port;
  private ServerSocket listener;
  volatile boolean refuseSockets;
  private volatile CountDownLatch thawed = new CountDownLatch(0);

  Wire(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    port = listener.getLocalPort();
    accept(listener);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The WebSockets end with a FIN. */
  void fin() {
    webSockets().forEach(Link::close);
  }

  /** The WebSockets end with a RST. */
  void rst() throws IOException {
    for (Link link : webSockets()) {
      link.client.setSoLinger(true, 0);
      link.close();
    }
  }

  /** The WebSockets stay open, but nothing passes any more. */
  void silence() {
    webSockets().forEach(link -> link.silent = true);
  }

  /** The server is stopped (SIGSTOP): its kernel takes connections and bytes, it says nothing. */
  void freeze() {
    thawed = new CountDownLatch(1);
  }

  /** It goes on (SIGCONT), with all that came meanwhile. */
  void thaw() {
    thawed.countDown();
  }

  long liveWebSockets() {
    return webSockets().stream().filter(link -> !link.silent && !link.client.isClosed()).count();
  }

  /** The server is gone: connections are refused. */
  void down() throws IOException {
    listener.close();
    links.forEach(Link::close);
  }

  void up() {
    // Connections that were just cut may hold the port for a moment.
    listener = Awaitility.await().ignoreExceptions().until(this::bound, Objects::nonNull);
    accept(listener);
  }

  private ServerSocket bound() throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private List<Link> webSockets() {
    return links.stream().filter(link -> link.webSocket && !link.client.isClosed()).toList();
  }

  private void accept(ServerSocket from) {
    Thread.ofVirtual()
        .start(() -> {
          while (!from.isClosed()) {
            try {
              links.add(new Link(from.accept()));
            } catch (IOException e) {
              return;
            }
          }
        });
  }

  @Override
  public void close() throws IOException {
    thaw();
    down();
  }

  private final class Link {
    final Socket client;
    final Socket server;
    volatile boolean webSocket;
    volatile boolean silent;

    Link(Socket client) throws IOException {
      this.client = client;
      this.server = new Socket(InetAddress.getLoopbackAddress(), target);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Thread.ofVirtual().start(() -> pump(client, server, true));
      Thread.ofVirtual().start(() -> pump(server, client, false));
    }

    private void pump(Socket from, Socket to, boolean request) {
      byte[] buffer = new byte[1 << 16];
      try {
        InputStream in = from.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (request
              && new String(Arrays.copyOf(buffer, Math.min(n, 7)), ISO_8859_1).equals("GET /ws")) {
            webSocket = true;
            if (refuseSockets) {
              close();
              return;
            }
          }
          thawed.await();
          if (!silent) {
            to.getOutputStream().write(buffer, 0, n);
          }
        }
      } catch (IOException e) {
        // the other direction closed it
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (!silent) {
        close();
      }
    }

    void close() {
      try {
        client.close();
        server.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
