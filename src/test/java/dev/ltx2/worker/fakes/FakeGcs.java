package dev.ltx2.worker.fakes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import okio.ByteString;

/**
 * Google Cloud Storage's JSON API over real sockets, as far as the official client uses it:
 * resumable and multipart uploads, metadata, media, delete. Faults are scripted: each waits for the
 * first request that it is for, and strikes once.
 */
public final class FakeGcs implements AutoCloseable {
  /** Which request a fault is for. */
  public enum On {
    /** The beginning of an upload session. */
    START,
    /** A request that carries bytes of an upload. */
    CHUNK,
    /** A small object in one request. */
    MULTIPART,
    /** Metadata of an object. */
    METADATA,
    /** Content of an object. */
    MEDIA,
    /** The removal of an object. */
    DELETE
  }

  /** What goes wrong. */
  public sealed interface Fault {
    /** An error answer. */
    record Status(int code) implements Fault {}

    /** The connection breaks when that many bytes of the body have arrived; they are stored. */
    record ResetAfter(int bytes) implements Fault {}

    /** Everything is done, and the connection breaks before the answer. */
    record LostAnswer() implements Fault {}

    /** No answer until the fake closes. */
    record Silence() implements Fault {}

    /** The answer tells another size. */
    record WrongSize() implements Fault {}

    /** The object is stored with another checksum. */
    record WrongChecksum() implements Fault {}
  }

  /** An object; the content is null where the fake only counts. */
  public record Item(
      ByteString content,
      long size,
      String crc32c,
      String contentType,
      String cacheControl,
      long generation) {}

  private record Scripted(On on, Fault fault) {}

  private static final class Session {
    String object;
    JsonNode metadata;
    boolean mustNotExist;
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    CRC32C crc = new CRC32C();
    long size;
    Item done;
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BUCKET = "videos";
  private final Undertow server;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, Item> objects = new ConcurrentHashMap<>();
  private final Deque<Scripted> faults = new ConcurrentLinkedDeque<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicLong ids = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final boolean counting;
  private volatile Predicate<String> tokens = _ -> true;
  private volatile Function<On, Optional<Fault>> always = _ -> Optional.empty();
  private volatile Consumer<String> storedListener = _ -> {};
  private volatile boolean publicBucket = true;

  private FakeGcs(int port, boolean counting) {
    this.counting = counting;
    server =
        Undertow.builder()
            .addHttpListener(port, "127.0.0.1")
            .setDirectBuffers(false)
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .setIoThreads(1)
            .setWorkerThreads(16)
            .setHandler(new BlockingHandler(this::handle))
            .build();
    server.start();
  }

  /** One bucket named {@code videos}. */
  public static FakeGcs start() {
    return new FakeGcs(0, false);
  }

  /** The same, but of content only size and checksum are kept. */
  public static FakeGcs counting(int port) {
    return new FakeGcs(port, true);
  }

  /** Its base URL. */
  public URI url() {
    InetSocketAddress address =
        (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /** Scripts a fault. */
  public void fail(On on, Fault fault) {
    faults.add(new Scripted(on, fault));
  }

  /** Scripts the same status several times. */
  public void fail(On on, int code, int times) {
    for (int i = 0; i < times; i++) {
      fail(on, new Fault.Status(code));
    }
  }

  /** Every request meets this when the script has nothing for it. */
  public void always(Function<On, Optional<Fault>> fault) {
    always = fault;
  }

  /** Hears the name of every object as soon as it is whole, before the client does. */
  public void onStored(Consumer<String> listener) {
    storedListener = listener;
  }

  /** Requests with a token that this refuses get 401; without any, what everybody sees. */
  public void accept(Predicate<String> accepted) {
    tokens = accepted;
  }

  /** Anonymous requests get 401 from now on. */
  public void makePrivate() {
    publicBucket = false;
  }

  /** Puts somebody's object there. */
  public void put(String object, byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    objects.put(
        object,
        new Item(ByteString.of(content), content.length, encode(crc), "video/mp4", null, nextId()));
  }

  /** What is stored, by name. */
  public Map<String, Item> objects() {
    return Map.copyOf(objects);
  }

  /** Method and kind of every request so far. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Faults that no request has met. */
  public int pending() {
    return faults.size();
  }

  /** Forgets scripted faults. */
  public void clearFaults() {
    faults.clear();
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop();
  }

  private void handle(HttpServerExchange exchange) throws Exception {
    String path = exchange.getRequestPath();
    String method = exchange.getRequestMethod().toString();
    String authorization = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
    String token = authorization == null ? null : authorization.replaceFirst("^Bearer ", "");
    if (token == null ? !publicBucket : !tokens.test(token)) {
      exchange.getInputStream().readAllBytes();
      error(exchange, 401);
    } else if (path.startsWith("/upload/storage/v1/b/")) {
      upload(exchange, method, path.split("/", -1)[5]);
    } else if (path.matches("(/download)?/storage/v1/b/[^/]+/o/.+")) {
      object(exchange, method, path.startsWith("/download"));
    } else {
      error(exchange, 404);
    }
  }

  private void upload(HttpServerExchange exchange, String method, String bucket)
      throws IOException, InterruptedException {
    if (!bucket.equals(BUCKET)) {
      exchange.getInputStream().readAllBytes();
      error(exchange, 404);
    } else if (method.equals("PUT")) {
      chunk(exchange);
    } else if ("multipart".equals(query(exchange, "uploadType"))) {
      multipart(exchange);
    } else {
      begin(exchange);
    }
  }

  private void begin(HttpServerExchange exchange) throws IOException, InterruptedException {
    requests.add("START");
    Session session = new Session();
    session.metadata = JSON.readTree(body(exchange));
    session.object = session.metadata.path("name").asText(query(exchange, "name"));
    session.mustNotExist = "0".equals(query(exchange, "ifGenerationMatch"));
    if (struck(exchange, On.START)) {
      return;
    }
    if (session.mustNotExist && objects.containsKey(session.object)) {
      error(exchange, 412);
      return;
    }
    String id = "secret-session-" + nextId();
    sessions.put(id, session);
    exchange
        .getResponseHeaders()
        .put(
            Headers.LOCATION,
            url() + "/upload/storage/v1/b/" + BUCKET + "/o?uploadType=resumable&upload_id=" + id);
    exchange.endExchange();
  }

  private void chunk(HttpServerExchange exchange) throws IOException, InterruptedException {
    Session session = sessions.get(query(exchange, "upload_id"));
    String range = exchange.getRequestHeaders().getFirst(Headers.CONTENT_RANGE);
    if (session == null) {
      exchange.getInputStream().readAllBytes();
      error(exchange, 410);
      return;
    }
    if (range.equals("bytes */*")) {
      requests.add("QUERY");
      tell(exchange, session);
      return;
    }
    requests.add("CHUNK");
    Fault fault = take(On.CHUNK);
    long begin = range.matches("bytes \\d+-.*") ? Long.parseLong(range.split("[ -]", -1)[1]) : -1;
    if (begin >= 0 && begin != session.size) {
      exchange.getInputStream().readAllBytes();
      error(exchange, 503);
      return;
    }
    if (fault instanceof Fault.Status(int code)) {
      exchange.getInputStream().readAllBytes();
      if (code == 404 || code == 410) {
        sessions.values().remove(session);
      }
      error(exchange, code);
      return;
    }
    if (fault instanceof Fault.ResetAfter(int bytes)) {
      // As the real one, which keeps whole multiples of 256 KiB
      byte[] some = exchange.getInputStream().readNBytes(bytes);
      append(session, some, some.length / (256 * 1024) * (256 * 1024));
      exchange.getConnection().close();
      return;
    }
    InputStream in = exchange.getInputStream();
    byte[] buffer = new byte[64 * 1024];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      append(session, buffer, n);
    }
    String total = range.substring(range.indexOf('/') + 1);
    boolean whole = !total.equals("*") && Long.parseLong(total) == session.size;
    if (whole && !finish(session, fault instanceof Fault.WrongChecksum)) {
      error(exchange, session.mustNotExist && objects.containsKey(session.object) ? 412 : 400);
      return;
    }
    switch (fault) {
      case Fault.Silence _ -> closed.await(60, TimeUnit.SECONDS);
      case Fault.LostAnswer _ -> exchange.getConnection().close();
      case Fault.WrongSize _ when session.done != null -> {
        ObjectNode json = json(session.object, session.done);
        send(exchange, json.put("size", String.valueOf(session.size - 1)));
      }
      case null, default -> tell(exchange, session);
    }
  }

  private void tell(HttpServerExchange exchange, Session session) {
    if (session.done != null) {
      send(exchange, json(session.object, session.done));
      return;
    }
    exchange.setStatusCode(308);
    if (session.size > 0) {
      exchange.getResponseHeaders().put(Headers.RANGE, "bytes=0-" + (session.size - 1));
    }
    exchange.endExchange();
  }

  private void append(Session session, byte[] bytes, int length) {
    session.crc.update(bytes, 0, length);
    session.size += length;
    if (!counting) {
      session.content.write(bytes, 0, length);
    }
  }

  private boolean finish(Session session, boolean spoil) {
    String crc = encode(session.crc);
    String expected = session.metadata.path("crc32c").asText(crc);
    if (!expected.equals(crc)) {
      return false;
    }
    if (spoil) {
      crc = "AAAAAA==";
    }
    Item item =
        new Item(
            counting ? null : ByteString.of(session.content.toByteArray()),
            session.size,
            crc,
            session.metadata.path("contentType").asText(null),
            session.metadata.path("cacheControl").asText(null),
            nextId());
    if (!session.mustNotExist) {
      objects.put(session.object, item);
    } else if (objects.putIfAbsent(session.object, item) != null) {
      return false;
    }
    session.done = item;
    storedListener.accept(session.object);
    return true;
  }

  private void multipart(HttpServerExchange exchange) throws IOException, InterruptedException {
    requests.add("MULTIPART");
    String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
    String boundary = type.replaceFirst(".*boundary=\"?([^\";]+)\"?.*", "$1");
    String body = new String(body(exchange), StandardCharsets.ISO_8859_1);
    if (struck(exchange, On.MULTIPART)) {
      return;
    }
    List<String> parts = new ArrayList<>();
    for (String part : body.split("--" + boundary, -1)) {
      int head = part.indexOf("\r\n\r\n");
      if (head >= 0) {
        parts.add(part.substring(head + 4, part.length() - 2));
      }
    }
    JsonNode metadata = JSON.readTree(parts.get(0).getBytes(StandardCharsets.ISO_8859_1));
    String name = metadata.path("name").asText();
    put(name, parts.get(1).getBytes(StandardCharsets.ISO_8859_1));
    send(exchange, json(name, objects.get(name)));
  }

  private void object(HttpServerExchange exchange, String method, boolean download)
      throws IOException, InterruptedException {
    boolean media = download || "media".equals(query(exchange, "alt"));
    On on = method.equals("DELETE") ? On.DELETE : media ? On.MEDIA : On.METADATA;
    requests.add(on.name());
    if (struck(exchange, on)) {
      return;
    }
    String raw = exchange.getRequestURI().replaceFirst("^.*?/o/", "");
    String name = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    Item item = objects.get(name);
    String generation = query(exchange, "generation");
    String match = query(exchange, "ifGenerationMatch");
    if (!exchange.getRequestURI().contains("/b/" + BUCKET + "/o/")
        || item == null
        || (generation != null && !generation.equals(String.valueOf(item.generation())))) {
      error(exchange, 404);
    } else if (match != null && !match.equals(String.valueOf(item.generation()))) {
      error(exchange, 412);
    } else if (on == On.DELETE) {
      objects.remove(name);
      exchange.setStatusCode(204).endExchange();
    } else if (on == On.MEDIA) {
      exchange.getResponseHeaders().put(new HttpString("x-goog-hash"), "crc32c=" + item.crc32c());
      exchange
          .getResponseHeaders()
          .put(new HttpString("x-goog-generation"), String.valueOf(item.generation()));
      exchange.getResponseSender().send(item.content().asByteBuffer());
    } else {
      send(exchange, json(name, item));
    }
  }

  private synchronized Fault take(On on) {
    for (Iterator<Scripted> i = faults.iterator(); i.hasNext(); ) {
      Scripted scripted = i.next();
      if (scripted.on() == on) {
        i.remove();
        return scripted.fault();
      }
    }
    return always.apply(on).orElse(null);
  }

  private boolean struck(HttpServerExchange exchange, On on)
      throws IOException, InterruptedException {
    switch (take(on)) {
      case Fault.Status(int code) -> error(exchange, code);
      case Fault.Silence _ -> closed.await(60, TimeUnit.SECONDS);
      case null -> {
        return false;
      }
      default -> exchange.getConnection().close();
    }
    return true;
  }

  private static ObjectNode json(String name, Item item) {
    return JSON.createObjectNode()
        .put("kind", "storage#object")
        .put("bucket", BUCKET)
        .put("name", name)
        .put("size", String.valueOf(item.size()))
        .put("crc32c", item.crc32c())
        .put("generation", String.valueOf(item.generation()))
        .put("metageneration", "1");
  }

  private static void send(HttpServerExchange exchange, JsonNode json) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json; charset=UTF-8");
    exchange.getResponseSender().send(json.toString());
  }

  private static void error(HttpServerExchange exchange, int code) {
    ObjectNode json = JSON.createObjectNode();
    ObjectNode error = json.putObject("error").put("code", code).put("message", "scripted");
    error.putArray("errors").addObject().put("reason", "scripted").put("message", "scripted");
    exchange.setStatusCode(code);
    send(exchange, json);
  }

  private static byte[] body(HttpServerExchange exchange) throws IOException {
    InputStream in = exchange.getInputStream();
    boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst(Headers.CONTENT_ENCODING));
    return gzip ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
  }

  private static String query(HttpServerExchange exchange, String name) {
    Deque<String> values = exchange.getQueryParameters().get(name);
    return values == null ? null : values.getFirst();
  }

  private long nextId() {
    return ids.incrementAndGet();
  }

  private static String encode(CRC32C crc) {
    byte[] bytes = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    return Base64.getEncoder().encodeToString(bytes);
  }
}
