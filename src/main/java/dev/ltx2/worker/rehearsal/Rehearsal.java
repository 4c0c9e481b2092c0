package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.Time;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.Options;

/**
 * ComfyUI's protocol and the meaning of LTX-2's nodes without a GPU: validates graphs as ComfyUI
 * v0.33.0 does, runs them one after the other, and paints a film that shows guides, buffer and
 * frame numbers. Sound given to {@code CreateVideo} is left out.
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

  private Rehearsal(Path folder, Faults faults, Time time, int port) {
    Folders folders = Folders.under(folder);
    NodeTypes types = new NodeTypes(folders);
    sockets = new Sockets();
    queue = new PromptQueue(sockets);
    cache = new NodeCache(folders);
    shared =
        new Execution.Shared(
            types,
            new Nodes(folders),
            cache,
            sockets,
            queue,
            new FaultState(faults),
            this::vanish,
            time);
    HttpHandler routes = new Api(types, folders, queue, time).routes(new FileApi(folders));
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
   * Starts on a free port of loopback.
   *
   * @param folder gets {@code input}, {@code output} and {@code temp}
   */
  public static Rehearsal start(Path folder) {
    return start(folder, Faults.none(), Time.SYSTEM);
  }

  /** Starts one that misbehaves; pauses between sampler steps are those of {@code time}. */
  public static Rehearsal start(Path folder, Faults faults, Time time) {
    return new Rehearsal(folder, faults, time, 0);
  }

  /** Starts on a given port of loopback: one that died comes back where it was. */
  public static Rehearsal start(Path folder, Faults faults, Time time, int port) {
    return new Rehearsal(folder, faults, time, port);
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
        Prompt prompt = queue.take();
        if (prompt != null) {
          Execution execution = new Execution(shared, prompt);
          queue.done(execution.run());
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
