package dev.ltx2.worker.models;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hub and the storage it redirects to, two hosts as a client sees it, that break as real ones do:
 * connections cut before and amid an answer, refusals that pass, other parts than asked for, and
 * wrong bytes.
 */
final class FaultyHub implements AutoCloseable {
  final Map<String, byte[]> files = new ConcurrentHashMap<>();
  final List<String> tokensAtHub = new CopyOnWriteArrayList<>();
  final List<String> tokensAtStorage = new CopyOnWriteArrayList<>();
  final AtomicLong served = new AtomicLong();
  volatile boolean ranges = true;
  volatile boolean hashes = true;
  volatile int hubStatus = 302;

  /** Every byte of answers to requests from here on is wrong so many times. */
  final AtomicInteger corrupt = new AtomicInteger();

  /** Answers of the storage from now on: 206 or the like, with this claimed size when positive. */
  volatile long claimedSize = -1;

  private final HttpServer hub = server();
  private final HttpServer storage = server();
  private final Random random;
  private final AtomicInteger faults;

  FaultyHub(long seed, int faults) {
    this.random = new Random(seed);
    this.faults = new AtomicInteger(faults);
    hub.createContext("/", this::redirect);
    storage.createContext("/", this::send);
  }

  private static HttpServer server() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String host() {
    return "127.0.0.1:" + hub.getAddress().getPort();
  }

  URI url(String path) {
    return URI.create("http://" + host() + "/org/repo/resolve/main/" + path);
  }

  byte[] random(String path, int size) {
    byte[] bytes = new byte[size];
    new Random(path.hashCode()).nextBytes(bytes);
    files.put("/org/repo/resolve/main/" + path, bytes);
    return bytes;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void redirect(HttpExchange exchange) throws IOException {
    try (exchange) {
      note(exchange, tokensAtHub);
      byte[] bytes = files.get(exchange.getRequestURI().getPath());
      if (bytes == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      Headers headers = exchange.getResponseHeaders();
      if (hashes) {
        headers.set("X-Linked-ETag", '"' + sha256(bytes) + '"');
        headers.set("X-Linked-Size", Long.toString(claimedSize > 0 ? claimedSize : bytes.length));
      }
      headers.set(
          "Location",
          "http://127.0.0.1:" + storage.getAddress().getPort() + exchange.getRequestURI());
      exchange.sendResponseHeaders(hubStatus, -1);
    }
  }

  private static void note(HttpExchange exchange, List<String> tokens) {
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    if (token != null) {
      tokens.add(token);
    }
  }

  private void send(HttpExchange exchange) throws IOException {
    note(exchange, tokensAtStorage);
    byte[] bytes = files.get(exchange.getRequestURI().getPath());
    String range = exchange.getRequestHeaders().getFirst("Range");
    int first = 0;
    int last = bytes.length - 1;
    boolean part = ranges && range != null;
    if (part) {
      String[] ends = range.substring("bytes=".length()).split("-", -1);
      first = Integer.parseInt(ends[0]);
      last = Math.min(last, Integer.parseInt(ends[1]));
    }
    int fault;
    int cut;
    synchronized (random) {
      fault = last > first && faults.getAndDecrement() > 0 ? random.nextInt(6) : -1;
      cut = random.nextInt(Math.max(1, last - first));
    }
    long total = claimedSize > 0 ? claimedSize : bytes.length;
    try (exchange) {
      switch (fault) {
        case 0 -> {
          return; // closed without an answer
        }
        case 1 -> {
          exchange.sendResponseHeaders(503, -1);
          return;
        }
        case 2 -> {
          exchange.sendResponseHeaders(429, -1);
          return;
        }
        case 3 -> first = part ? first + 1 : first; // another part than asked for
        case 4 -> total++; // the file was replaced
        default -> {}
      }
      if (part) {
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes " + first + "-" + last + "/" + total);
      }
      byte[] body = Arrays.copyOfRange(bytes, first, last + 1);
      if (body.length > 1 && corrupt.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        body[body.length / 2] ^= 1;
      }
      exchange.sendResponseHeaders(part ? 206 : 200, body.length);
      int length = fault == 5 ? cut : body.length;
      exchange.getResponseBody().write(body, 0, length);
      exchange.getResponseBody().flush();
      served.addAndGet(length);
    }
  }

  @Override
  public void close() {
    for (HttpServer server : List.of(hub, storage)) {
      server.stop(0);
      ((ExecutorService) server.getExecutor()).shutdownNow();
    }
  }
}
