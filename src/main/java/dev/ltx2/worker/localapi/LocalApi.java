package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.localapi.files.SentFiles;
import dev.ltx2.worker.localapi.queue.LocalQueue;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.Options;

/** The server: the platform's endpoint API on this machine, and a page to try it. */
public final class LocalApi implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalApi.class);

  /** Longer than the longest wait of a call, in which nothing is sent. */
  private static final int IDLE_MILLIS = 330_000;

  private static final int HEADERS_WITHIN_MILLIS = 10_000;
  private static final int KEEP_ALIVE_MILLIS = 60_000;
  private static final int MAX_HEADER_BYTES = 32_768;
  private static final int MAX_HEADERS = 100;
  private static final int MAX_CONNECTIONS = 4000;

  private final Undertow server;
  private final ToolCalls tools;
  private final Routes routes;
  private final Optional<String> key;

  /**
   * What the server is put together from.
   *
   * @param files those that were sent and made
   * @param planner of {@code /plan}
   */
  public record Services(
      LocalQueue queue,
      SentFiles files,
      JobPlanner planner,
      Descriptions descriptions,
      Clock time) {}

  /**
   * What the server tells of itself.
   *
   * @param schema of a request, JSON Schema; asked for on each call of {@code /openapi.json}
   * @param settings what {@code /settings.json} tells, besides what the server knows itself
   * @param metrics in Prometheus' text format
   */
  public record Descriptions(
      Supplier<ObjectNode> schema, ObjectNode settings, Supplier<byte[]> metrics) {}

  private LocalApi(Undertow server, ToolCalls tools, Routes routes, Optional<String> key) {
    this.server = server;
    this.tools = tools;
    this.routes = routes;
    this.key = key;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException when the port is taken, or the address is none of this machine's
   */
  public static LocalApi start(LocalApiSettings settings, Services services) throws IOException {
    Optional<String> key =
        settings
            .key()
            .or(() -> loopback(settings.host()) ? Optional.empty() : Optional.of(drawn()));
    ToolCalls tools = new ToolCalls(services, key.isPresent());
    Routes routes = new Routes(new Gatekeeper(settings, key), services, tools);
    Undertow server =
        Undertow.builder()
            .addHttpListener(settings.port(), settings.host())
            // Direct ones it frees through Unsafe, of which Java warns at every start
            .setDirectBuffers(false)
            .setIoThreads(2)
            .setWorkerThreads(8)
            .setServerOption(UndertowOptions.IDLE_TIMEOUT, IDLE_MILLIS)
            .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, HEADERS_WITHIN_MILLIS)
            .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, KEEP_ALIVE_MILLIS)
            .setServerOption(UndertowOptions.MAX_HEADER_SIZE, MAX_HEADER_BYTES)
            .setServerOption(UndertowOptions.MAX_HEADERS, MAX_HEADERS)
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, BodySpool.MOST_BYTES)
            .setServerOption(UndertowOptions.MAX_PARAMETERS, MAX_HEADERS)
            .setSocketOption(Options.CONNECTION_HIGH_WATER, MAX_CONNECTIONS)
            .setSocketOption(Options.CONNECTION_LOW_WATER, MAX_CONNECTIONS - 100)
            .setHandler(new HttpContinueReadHandler(routes))
            .build();
    try {
      server.start();
    } catch (RuntimeException e) {
      tools.close();
      routes.close();
      throw new IOException(
          "cannot listen on %s:%d: %s; --port takes another one"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
    return new LocalApi(server, tools, routes, key);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String drawn() {
    byte[] bits = new byte[16];
    new SecureRandom().nextBytes(bits);
    return HexFormat.of().formatHex(bits);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
  }

  /** Its address for clients on this machine. */
  public URI url() {
    return URI.create("http://localhost:" + address().getPort());
  }

  /** Logs where the page is; with the key behind {@code #}, where no server's log gets it from. */
  public void announce() {
    LOG.info("The local API listens on {}:{}", address().getHostString(), address().getPort());
    LOG.info("Its page: {}/{}", url(), key.map(text -> "#key=" + text).orElse(""));
  }

  @Override
  public void close() {
    server.stop();
    routes.close();
    tools.close();
  }
}
