package dev.ltx2.worker.metrics;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** {@code GET /metrics}, where there is no other server to ask. */
public final class MetricsServer implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Undertow server;

  private MetricsServer(Undertow server) {
    this.server = server;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException when the port is taken
   */
  public static MetricsServer start(String host, int port, WorkerMetrics metrics)
      throws IOException {
    Undertow server =
        Undertow.builder()
            .addHttpListener(port, host)
            // Direct ones it frees through Unsafe, of which Java warns at every start
            .setDirectBuffers(false)
            .setIoThreads(1)
            .setWorkerThreads(1)
            .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, TIMEOUT_MILLIS)
            .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 6 * TIMEOUT_MILLIS)
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 1L)
            .setHandler(exchange -> answer(exchange, metrics))
            .build();
    try {
      server.start();
      return new MetricsServer(server);
    } catch (RuntimeException e) {
      throw new IOException("Cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private static void answer(HttpServerExchange exchange, WorkerMetrics metrics) {
    if (!exchange.getRequestMethod().equals(Methods.GET)
        || !exchange.getRequestPath().equals("/metrics")) {
      exchange.setStatusCode(404).endExchange();
      return;
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, WorkerMetrics.CONTENT_TYPE);
    exchange.getResponseSender().send(ByteBuffer.wrap(metrics.text()));
  }

  /** Its port. */
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
  }

  @Override
  public void close() {
    server.stop();
  }
}
