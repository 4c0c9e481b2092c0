package dev.ltx2.worker.fakes;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import okio.ByteString;

/**
 * A bucket named {@code videos} for the faults that no whole server plays. It takes any signature,
 * also in a query, but looks at its region and time; conditions and Content-MD5 count.
 */
public final class FakeS3 implements AutoCloseable {
  /** What happens to one request. */
  public sealed interface Fault {
    /** An answer in the object's stead, after the request was read. */
    record Status(int code, String error, Map<String, String> headers) implements Fault {
      public Status(int code, String error) {
        this(code, error, Map.of());
      }
    }

    /** The connection is reset when so many bytes of the body have come. */
    record ResetAfter(long bytes) implements Fault {}

    /** The object is there, and the connection is reset before the answer. */
    record LostAnswer() implements Fault {}

    /** No answer, ever. */
    record Silence() implements Fault {}

    /** The last byte arrives changed. */
    record Spoiled() implements Fault {}

    /** No 100 Continue, as some servers have it. */
    record NoContinue() implements Fault {}
  }

  /** An object; of a large one only its size is kept. */
  public record Stored(ByteString content, long size, Map<String, String> headers) {}

  private record Request(String method, String target, Map<String, String> headers) {
    String path() {
      return target.replaceFirst("\\?.*", "");
    }

    long length() {
      return Long.parseLong(headers.getOrDefault("content-length", "0"));
    }
  }

  private record Answer(int code, Map<String, String> headers, ByteString body) {
    static Answer error(int code, String error) {
      return error(code, Map.of(), error);
    }

    static Answer error(int code, Map<String, String> headers, String error) {
      String body = "<Error><Code>%s</Code></Error>".formatted(error);
      return new Answer(code, headers, ByteString.encodeUtf8(body));
    }
  }

  private static final int KEPT = 50_000_000;
  private final ServerSocket listener;
  private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final Map<String, Stored> objects = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<String> region = Optional.empty();
  private volatile Optional<Instant> clock = Optional.empty();
  private volatile boolean conditional = true;
  private volatile boolean refusesConditions;

  private FakeS3() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public static FakeS3 start() {
    try {
      return new FakeS3();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** The next request of that method meets it; several wait in line. */
  public void fail(String method, Fault fault) {
    faults.computeIfAbsent(method, _ -> new ArrayDeque<>()).add(fault);
  }

  public int pending() {
    return faults.values().stream().mapToInt(Deque::size).sum();
  }

  /** Only signatures for it are taken. */
  public void isInRegion(String name) {
    region = Optional.of(name);
  }

  /** Signatures of other times are refused. */
  public void itIs(Instant now) {
    clock = Optional.of(now);
  }

  /** If-None-Match is passed over in silence. */
  public void ignoresConditions() {
    conditional = false;
  }

  /** If-None-Match is answered with 501. */
  public void refusesConditions() {
    refusesConditions = true;
  }

  /** {@code METHOD /path}, in order. */
  public List<String> requests() {
    return requests;
  }

  /** Each request's first line and headers. */
  public List<String> heads() {
    return heads;
  }

  /** By path. */
  public Map<String, Stored> objects() {
    return objects;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (Optional<Request> next = read(in); next.isPresent(); next = read(in)) {
        Request request = next.get();
        requests.add(request.method() + " " + request.path());
        Deque<Fault> waiting = faults.getOrDefault(request.method(), new ArrayDeque<>());
        Optional<Fault> fault = Optional.ofNullable(waiting.poll());
        if (!handle(request, fault, in, out, socket)) {
          return;
        }
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone
    }
  }

  private static final class Head {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    boolean take(int b) {
      bytes.write(b);
      byte[] all = bytes.toByteArray();
      int n = all.length;
      return n >= 4
          && all[n - 1] == '\n'
          && all[n - 2] == '\r'
          && all[n - 3] == '\n'
          && all[n - 4] == '\r';
    }
  }

  private Optional<Request> read(InputStream in) throws IOException {
    Head head = new Head();
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (head.take(b)) {
        String text = head.bytes.toString(StandardCharsets.ISO_8859_1);
        heads.add(text);
        String[] lines = text.split("\r\n", -1);
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
          int colon = lines[i].indexOf(':');
          headers.put(
              lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
              lines[i].substring(colon + 1).strip());
        }
        String[] first = lines[0].split(" ", -1);
        return Optional.of(new Request(first[0], first[1], headers));
      }
    }
    return Optional.empty();
  }

  private boolean handle(
      Request request, Optional<Fault> fault, InputStream in, OutputStream out, Socket socket)
      throws IOException, InterruptedException {
    Optional<Answer> refused = refused(request);
    if (refused.isPresent() && request.headers().containsKey("expect")) {
      send(out, request, refused.get());
      return false;
    }
    if (request.headers().containsKey("expect")
        && fault.isPresent()
        && fault.get() instanceof Fault.NoContinue) {
      closed.await();
    }
    if (request.headers().containsKey("expect")) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
    long wanted =
        fault.isPresent() && fault.get() instanceof Fault.ResetAfter(long bytes)
            ? Math.min(bytes, request.length())
            : request.length();
    Optional<Stored> body = body(in, wanted, request);
    switch (fault.orElse(null)) {
      case Fault.ResetAfter _ -> reset(socket);
      case Fault.Silence _ -> closed.await();
      case Fault.LostAnswer _ -> {
        answer(request, body.orElseThrow());
        reset(socket);
      }
      case Fault.Status(int code, String error, var headers) ->
          send(out, request, Answer.error(code, headers, error));
      case Fault.Spoiled _ -> send(out, request, Answer.error(400, "BadDigest"));
      case null, default ->
          send(out, request, refused.orElseGet(() -> answer(request, body.orElseThrow())));
    }
    return !socket.isClosed();
  }

  private static Optional<Stored> body(InputStream in, long wanted, Request request)
      throws IOException {
    MessageDigest md5 = md5();
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 * 1024];
    long left = wanted;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (n < 0) {
        throw new IOException("the client has gone");
      }
      md5.update(buffer, 0, n);
      if (request.length() <= KEPT) {
        kept.write(buffer, 0, n);
      }
      left -= n;
    }
    Map<String, String> headers = new TreeMap<>(request.headers());
    headers.put("md5", Base64.getEncoder().encodeToString(md5.digest()));
    return Optional.of(new Stored(ByteString.of(kept.toByteArray()), wanted, headers));
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** For what the signature says. */
  private Optional<Answer> refused(Request request) {
    String scope = request.headers().getOrDefault("authorization", "");
    if (region.isPresent()
        && !scope.isEmpty()
        && !scope.contains("/" + region.get() + "/s3/aws4_request")) {
      return Optional.of(
          Answer.error(
              400, Map.of("x-amz-bucket-region", region.get()), "AuthorizationHeaderMalformed"));
    }
    if (clock.isPresent()) {
      Instant signed =
          DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
              .withZone(ZoneOffset.UTC)
              .parse(request.headers().get("x-amz-date"), Instant::from);
      if (Duration.between(signed, clock.get()).abs().compareTo(Duration.ofMinutes(15)) > 0) {
        String date =
            DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.get().atOffset(ZoneOffset.UTC));
        return Optional.of(
            Answer.error(
                403, Map.of("Date", date.replace("+0000", "GMT")), "RequestTimeTooSkewed"));
      }
    }
    if (refusesConditions && request.headers().containsKey("if-none-match")) {
      return Optional.of(Answer.error(501, "NotImplemented"));
    }
    return Optional.empty();
  }

  private Answer answer(Request request, Stored body) {
    String path = request.path();
    if (!path.startsWith("/videos/")) {
      return Answer.error(404, "NoSuchBucket");
    }
    return switch (request.method()) {
      case "PUT" -> put(request, body, path);
      case "HEAD", "GET" ->
          objects.containsKey(path)
              ? new Answer(200, shown(objects.get(path)), objects.get(path).content())
              : Answer.error(404, "NoSuchKey");
      default -> Answer.error(405, "MethodNotAllowed");
    };
  }

  private static Map<String, String> shown(Stored object) {
    Map<String, String> headers = new TreeMap<>();
    headers.put("content-length", Long.toString(object.size()));
    object
        .headers()
        .forEach((name, value) -> {
          if (name.startsWith("x-amz-meta-")) {
            headers.put(name, value);
          }
        });
    return headers;
  }

  private Answer put(Request request, Stored body, String path) {
    String md5 = request.headers().get("content-md5");
    if (!request.headers().containsKey("content-length")) {
      return Answer.error(411, "MissingContentLength");
    }
    if (md5 != null && !md5.equals(body.headers().get("md5"))) {
      return Answer.error(400, "BadDigest");
    }
    if (conditional
        && request.headers().containsKey("if-none-match")
        && objects.containsKey(path)) {
      return Answer.error(412, "PreconditionFailed");
    }
    objects.put(path, body);
    return new Answer(200, Map.of(), ByteString.EMPTY);
  }

  private static void send(OutputStream out, Request request, Answer answer) throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.code() + " -\r\n");
    answer.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    boolean bodyless = request.method().equals("HEAD");
    ByteString body = bodyless ? ByteString.EMPTY : answer.body();
    if (!answer.headers().containsKey("content-length")) {
      head.append("content-length: " + body.size() + "\r\n");
    }
    out.write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.write(body.toByteArray());
    out.flush();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
