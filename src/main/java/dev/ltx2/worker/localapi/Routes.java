package dev.ltx2.worker.localapi;

import dev.ltx2.worker.job.SizeLimits;
import dev.ltx2.worker.localapi.BodySpool.BodyLimit;
import dev.ltx2.worker.localapi.files.FileFolder;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From HTTP to calls and back: who may call, which body is awaited, what is answered. */
final class Routes implements HttpHandler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final int MAX_NAME = 200;

  private static final String BY_ADDRESS = "send files to /files and name the addresses it gives";

  /** By the operation; those of requests are the platform's. */
  private static final Map<String, BodyLimit> BODIES =
      Map.of(
          "run", new BodyLimit(SizeLimits.RUNPOD_REQUESTS.usual(), BY_ADDRESS),
          "runsync", new BodyLimit(SizeLimits.RUNPOD_REQUESTS.sync(), BY_ADDRESS),
          "plan", new BodyLimit(SizeLimits.RUNPOD_REQUESTS.usual(), BY_ADDRESS),
          "files", new BodyLimit(52_428_800, "make the file smaller, no input may be longer"));

  /** By what a path may be called: its operation, and how many segments follow. */
  private static final Map<String, String> METHODS =
      Map.ofEntries(
          Map.entry("run 0", "POST"),
          Map.entry("runsync 0", "POST"),
          Map.entry("cancel 1", "POST"),
          Map.entry("retry 1", "POST"),
          Map.entry("purge-queue 0", "POST"),
          Map.entry("plan 0", "POST"),
          Map.entry("files 0", "POST"),
          Map.entry("files 1", "GET, HEAD"),
          Map.entry("status 1", "GET, POST"),
          Map.entry("status-sync 1", "GET, POST"),
          Map.entry("stream 1", "GET, POST"),
          Map.entry("health 0", "GET"),
          Map.entry("jobs 0", "GET"),
          Map.entry("settings.json 0", "GET"),
          Map.entry("openapi.json 0", "GET"),
          Map.entry("metrics 0", "GET"));

  /** What a page needs before it has the key, and what holds nothing of anybody's. */
  private static final Set<String> OPEN = Set.of("settings.json", "openapi.json");

  private final Gatekeeper gate;
  private final LocalApi.Services services;
  private final ToolCalls tools;
  private final JobCalls jobs;
  private final BodySpool bodies;
  private final PageAssets page = new PageAssets();
  private final FileServing files;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 1).factory());

  Routes(Gatekeeper gate, LocalApi.Services services, ToolCalls tools) {
    this.gate = gate;
    this.services = services;
    this.tools = tools;
    FileFolder folder = services.files().folder();
    this.jobs =
        new JobCalls(services.queue(), folder, new RateLimits(services.time()), services.time());
    this.bodies = new BodySpool(folder.incoming(), services.time());
    this.files = new FileServing(folder);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    exchange.getResponseHeaders().put(new HttpString("X-Content-Type-Options"), "nosniff");
    exchange.getResponseHeaders().put(new HttpString("Referrer-Policy"), "no-referrer");
    try {
      String base = gate.base(exchange);
      List<String> path = path(exchange.getRequestPath());
      if (readOnly(exchange) && sendPublic(exchange, path, base)) {
        return;
      }
      gate.checkOrigin(exchange, base);
      if (exchange.getRequestMethod().equals(Methods.OPTIONS)) {
        exchange.setStatusCode(204).endExchange();
        return;
      }
      if (path.size() != 1 || !OPEN.contains(path.getFirst())) {
        gate.checkKey(exchange);
      }
      call(exchange, path, base);
    } catch (Refusal e) {
      send(exchange, e.reply());
    }
  }

  /** Sends a file or a part of the page; false for all that the gate is asked about. */
  private boolean sendPublic(HttpServerExchange exchange, List<String> path, String base)
      throws Exception {
    if (path.size() == 2 && path.getFirst().equals("files")) {
      allowOrigin(exchange, base);
      exchange.setRelativePath("/" + path.get(1));
      files.handleRequest(exchange);
      return true;
    }
    Optional<PageAssets.Asset> asset =
        path.size() <= 1 ? page.find("/" + String.join("", path)) : Optional.empty();
    if (asset.isPresent()) {
      send(exchange, asset.get());
    }
    return asset.isPresent();
  }

  private static boolean readOnly(HttpServerExchange exchange) {
    return exchange.getRequestMethod().equals(Methods.GET)
        || exchange.getRequestMethod().equals(Methods.HEAD);
  }

  /** A file's name is its own key, so any page may show it; only a trusted one may read it. */
  private void allowOrigin(HttpServerExchange exchange, String base) {
    try {
      gate.checkOrigin(exchange, base);
    } catch (Refusal e) {
      LOG.debug("A file is shown by another site's page", e);
    }
  }

  /** The segments, without {@code /v2/{endpoint}} in front of an operation. */
  private static List<String> path(String whole) {
    List<String> path =
        Arrays.stream(whole.split("/", 12)).filter(segment -> !segment.isEmpty()).toList();
    return path.size() > 2 && path.getFirst().equals("v2") ? path.subList(2, path.size()) : path;
  }

  private void call(HttpServerExchange exchange, List<String> path, String base) throws Refusal {
    String method = exchange.getRequestMethod().toString();
    Map<String, String> query = new HashMap<>();
    exchange.getQueryParameters().forEach((name, values) -> query.put(name, values.getFirst()));
    String operation = path.isEmpty() ? "" : path.getFirst();
    BodyLimit limit = method.equals("POST") && path.size() == 1 ? BODIES.get(operation) : null;
    String name = fileName(exchange.getRequestHeaders());
    if (limit == null) {
      answer(exchange, new Call(method, path, query, base, Optional.empty(), name));
      return;
    }
    Optional<String> obstacle = services.queue().obstacle();
    if (obstacle.isPresent()) {
      throw new Refusal(507, obstacle.get());
    }
    bodies.receive(
        exchange,
        limit,
        new BodySpool.Receiving() {
          @Override
          public void received(Path file) {
            answer(exchange, new Call(method, path, query, base, Optional.of(file), name));
          }

          @Override
          public void refused(Refusal why) {
            send(exchange, why.reply());
          }
        });
  }

  private static String fileName(HeaderMap headers) {
    String name = headers.getFirst("X-File-Name");
    return name == null || name.length() > MAX_NAME ? "" : name;
  }

  private void answer(HttpServerExchange exchange, Call call) {
    exchange.dispatch(threads, () -> send(exchange, reply(call)));
  }

  private Reply reply(Call call) {
    try {
      Optional<Reply> reply = jobs.handle(call);
      if (reply.isEmpty()) {
        reply = tools.handle(call);
      }
      return reply.orElseGet(() -> notHere(call));
    } catch (Refusal e) {
      return e.reply();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Reply.error(503, "The server is ending");
    } catch (RuntimeException e) {
      LOG.error("A call failed: {} {}", call.method(), call.operation(), e);
      return Reply.error(500, "The server failed unexpectedly");
    }
  }

  private static Reply notHere(Call call) {
    String path = call.operation() + " " + (call.path().size() - 1);
    String allowed = METHODS.get(path);
    return allowed == null || allowed.contains(call.method())
        ? Reply.error(404, "There is no such path here: see /docs")
        : Reply.error(405, "/%s takes %s alone".formatted(call.operation(), allowed))
            .with("Allow", allowed);
  }

  private static void send(HttpServerExchange exchange, Reply reply) {
    if (exchange.isResponseStarted()) {
      return;
    }
    HeaderMap headers = exchange.getResponseHeaders();
    exchange.setStatusCode(reply.status());
    headers.put(Headers.CONTENT_TYPE, reply.contentType());
    headers.put(Headers.CACHE_CONTROL, "no-store");
    reply.headers().forEach((name, value) -> headers.put(new HttpString(name), value));
    exchange.getResponseSender().send(reply.body());
  }

  private static void send(HttpServerExchange exchange, PageAssets.Asset asset) {
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(new HttpString("Content-Security-Policy"), PageAssets.POLICY);
    headers.put(Headers.ETAG, asset.tag());
    headers.put(Headers.CACHE_CONTROL, "no-cache");
    if (asset.tag().equals(exchange.getRequestHeaders().getFirst(Headers.IF_NONE_MATCH))) {
      exchange.setStatusCode(304).endExchange();
      return;
    }
    headers.put(Headers.CONTENT_TYPE, asset.type());
    exchange.getResponseSender().send(asset.content().duplicate());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
