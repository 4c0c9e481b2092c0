package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.common.Clock;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.ServerConnection;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.spi.WebSocketHttpExchange;
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

  private final Undertow server;
  private final PromptQueue queue;
  private final Sockets sockets;
  private final NodeCache cache;
  private final Execution.Shared shared;
  private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();
  private final Thread worker;
  private final URI url;

  private Rehearsal(ModelFamily family, Path folder, InjectedFaults faults, Clock time, int port) {
    ComfyUiFolders folders = ComfyUiFolders.under(folder);
    InstalledNodes types = new InstalledNodes(folders);
    sockets = new Sockets();
    queue = new PromptQueue(sockets);
    cache = new NodeCache(folders);
    shared =
        new Execution.Shared(
            types,
            family.nodes(folders),
            cache,
            sockets,
            queue,
            new FaultState(faults),
            this::vanish,
            time);
    HttpHandler routes = new PromptApi(types, folders, queue, time).routes(new FileApi(folders));
    HttpHandler all =
        Handlers.path(routes)
            .addExactPath("/ws", Handlers.websocket(this::connect))
            .addExactPath("/api/ws", Handlers.websocket(this::connect));
    server =
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
              remember(exchange.getConnection());
              all.handleRequest(exchange);
            })
            .build();
    server.start();
    var address = (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
    url = URI.create("http://127.0.0.1:" + address.getPort());
    worker = Thread.ofPlatform().name("rehearsal").daemon().start(this::work);
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
    return new Rehearsal(family, folder, faults, time, port);
  }

  /** Its HTTP address. */
  public URI url() {
    return url;
  }

  private void connect(WebSocketHttpExchange exchange, WebSocketChannel channel) {
    List<String> ids = exchange.getRequestParameters().getOrDefault("clientId", List.of(""));
    sockets.open(ids.getFirst(), channel, queue::info);
  }

  private void remember(ServerConnection connection) {
    if (connections.add(connection)) {
      connection.addCloseListener(connections::remove);
    }
  }

  private void work() {
    try {
      while (!queue.isClosed()) {
        Optional<QueuedPrompt> prompt = queue.take();
        if (prompt.isPresent()) {
          Execution execution = new Execution(shared, prompt.get());
          queue.done(prompt.get().id(), execution.run());
          execution.end();
        }
        if (queue.takeForget()) {
          cache.clear();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends as a killed process does: the port closes, every connection is reset. */
  private void vanish() {
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
    server.stop();
  }

  private static void reset(ServerConnection connection) {
    try {
      connection.setOption(Options.CLOSE_ABORT, true);
    } catch (IOException e) {
      // Already gone, which is what was wanted.
    }
    IoUtils.safeClose(connection);
  }

  @Override
  public void close() {
    queue.close();
    worker.interrupt();
    try {
      worker.join(10_000);
      sockets.dismiss();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    vanish();
  }
}
