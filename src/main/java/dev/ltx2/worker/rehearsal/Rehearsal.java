package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.common.Clock;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.ServerConnection;
import io.undertow.websockets.WebSocketConnectionCallback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.xnio.IoUtils;
import org.xnio.Options;

/**
 * ComfyUI's protocol without a GPU: validates graphs as ComfyUI v0.33.0 does, runs them one after
 * the other, and lets a model family say what their nodes make. Audio given to {@code CreateVideo}
 * is left out.
 */
public final class Rehearsal implements AutoCloseable {
  /** ComfyUI's default limit of a request's body, 100 MiB. */
  static final long MAX_BODY = 104_857_600;

  /** Whoever then still waits for the rest of an upload is interrupted. */
  private static final int LINGER_MILLIS = 200;

  private final HttpServer server;
  private final URI url;
  private final Thread worker;

  private Rehearsal(HttpServer server, URI url, Thread worker) {
    this.server = server;
    this.url = url;
    this.worker = worker;
  }

  /**
   * Starts on loopback.
   *
   * @param family whose nodes it performs
   * @param folder gets {@code input}, {@code output} and {@code temp}
   * @param faults how it misbehaves
   * @param time pauses between sampler steps are those of it
   * @param port 0 for a free one; one that died comes back where it was
   */
  public static Rehearsal start(
      ModelFamily family, Path folder, InjectedFaults faults, Clock time, int port) {
    ComfyUiFolders folders = ComfyUiFolders.under(folder);
    InstalledNodes nodes = new InstalledNodes(folders, family);
    Sockets sockets = new Sockets();
    PromptQueue queue = new PromptQueue(sockets);
    HttpHandler routes = new PromptApi(nodes, folders, queue, time).routes(new FileApi(folders));
    HttpServer server = new HttpServer(routes, queue, sockets, port);
    var machine =
        new Execution.Machine(nodes, new NodeCache(folders), queue, new FaultState(faults, time));
    Thread worker =
        Thread.ofPlatform()
            .name("rehearsal")
            .daemon()
            .unstarted(() -> work(machine, prompt -> new Events(sockets, prompt, time), server));
    URI url = server.start();
    worker.start();
    return new Rehearsal(server, url, worker);
  }

  /** Its HTTP address. */
  public URI url() {
    return url;
  }

  private static void work(
      Execution.Machine machine, Function<QueuedPrompt, Events> events, HttpServer server) {
    PromptQueue queue = machine.queue();
    try {
      while (!queue.isClosed()) {
        Optional<QueuedPrompt> prompt = queue.take();
        if (prompt.isPresent()) {
          Execution execution = new Execution(machine, prompt.get(), events.apply(prompt.get()));
          queue.done(prompt.get().id(), execution.run());
          execution.end();
        }
        if (queue.takeForget()) {
          machine.cache().clear();
        }
      }
    } catch (Execution.ServerDied e) {
      server.vanish();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.queue.close();
    worker.interrupt();
    try {
      worker.join(10_000);
      server.sockets.dismiss();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.vanish();
  }

  /** The server with all its connections, so that it can end as a killed process does. */
  private static final class HttpServer {
    private final PromptQueue queue;
    private final Sockets sockets;
    private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();
    private final Undertow undertow;

    HttpServer(HttpHandler routes, PromptQueue queue, Sockets sockets, int port) {
      this.queue = queue;
      this.sockets = sockets;
      WebSocketConnectionCallback connect =
          (exchange, channel) -> {
            var ids = exchange.getRequestParameters().getOrDefault("clientId", List.of(""));
            sockets.open(ids.getFirst(), channel, queue::info);
          };
      HttpHandler all =
          Handlers.path(routes)
              .addExactPath("/ws", Handlers.websocket(connect))
              .addExactPath("/api/ws", Handlers.websocket(connect));
      Set<ServerConnection> open = connections;
      undertow =
          Undertow.builder()
              .addHttpListener(port, "127.0.0.1")
              // Direct ones it frees through Unsafe, of which Java warns at every start
              .setDirectBuffers(false)
              .setIoThreads(2)
              .setWorkerThreads(8)
              .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, MAX_BODY)
              .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, LINGER_MILLIS)
              .setServerOption(UndertowOptions.MULTIPART_MAX_ENTITY_SIZE, MAX_BODY)
              .setHandler(exchange -> {
                if (open.add(exchange.getConnection())) {
                  exchange.getConnection().addCloseListener(open::remove);
                }
                all.handleRequest(exchange);
              })
              .build();
    }

    /** Its address. */
    URI start() {
      undertow.start();
      var address = (InetSocketAddress) undertow.getListenerInfo().getFirst().getAddress();
      return URI.create("http://127.0.0.1:" + address.getPort());
    }

    /** The port closes, every connection is reset. */
    void vanish() {
      queue.close();
      sockets.close();
      List<ServerConnection> open = List.copyOf(connections);
      CountDownLatch closed = new CountDownLatch(open.size());
      for (ServerConnection connection : open) {
        Sockets.inThread(
            connection.getIoThread(),
            () -> {
              reset(connection);
              closed.countDown();
            });
      }
      try {
        // Undertow trips over what is still to be closed when its threads have ended.
        var _ = closed.await(LINGER_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      undertow.stop();
    }

    private static void reset(ServerConnection connection) {
      try {
        connection.setOption(Options.CLOSE_ABORT, true);
      } catch (IOException e) {
        // Already gone, which is what was wanted.
      }
      IoUtils.safeClose(connection);
    }
  }
}
