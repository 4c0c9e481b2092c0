package dev.ltx2.worker.fakes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import okio.ByteString;

/**
 * RunPod's platform on a real socket: hands out what a test gives it, keeps what it is told, and
 * fails as the test's script says. Its view of a job is the platform's: an answer above the size
 * limit is refused, progress behind an answer sets the job back.
 */
public final class FakeRunPod implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  public static final String KEY = "rp-key-1";
  public static final String WORKER = "worker-1";

  /** The platform's routes. */
  public enum Route {
    TAKE,
    STOP,
    DONE,
    PING,
    OTHER
  }

  /** What the platform does instead of answering as it should. */
  public sealed interface Fault {
    /** Nothing: this request is answered as it should be. */
    record None() implements Fault {}

    /** This status. */
    record Status(int code) implements Fault {}

    /** This status with an address to go to. */
    record Redirect(int code, String location) implements Fault {}

    /** This body under 200 and {@code application/json}, or another type. */
    record Text(String type, String body) implements Fault {}

    /** Closes the connection instead of answering. */
    record Drop() implements Fault {}

    /** Announces more than it sends of a body, then closes. */
    record Cut(String body) implements Fault {}

    /** Says nothing for this long, then answers as it should. */
    record Late(Duration by) implements Fault {}

    /** Does what it should, and the connection breaks before the answer. */
    record LostAnswer() implements Fault {}
  }

  /** Hears what happens, on the connection's thread, before the worker hears of it. */
  public interface Watcher {
    /** A request has come whole, and will meet this. */
    default void met(Seen request, Fault fault) {}

    /** This element leaves with this take. */
    default void handed(Seen take, String element) {}

    /** A post was taken. */
    default void accepted(Seen post) {}
  }

  /** One request as it came; {@code at} in {@link System#nanoTime}. */
  public record Seen(
      Route route,
      String method,
      String target,
      Map<String, String> headers,
      ByteString body,
      long at) {
    public String text() {
      return body.utf8();
    }

    /** The job's id in a post's path. */
    public String jobId() {
      return target.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    public JsonNode json() throws IOException {
      return JSON.readTree(body.toByteArray());
    }
  }

  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final List<Seen> accepted = new CopyOnWriteArrayList<>();
  private final Map<Route, Deque<Fault>> script = new EnumMap<>(Route.class);
  private final Deque<String> jobs = new ArrayDeque<>();
  private final Deque<List<String>> stops = new ArrayDeque<>();
  private final Map<String, Integer> open = new HashMap<>();
  private volatile Function<Route, Fault> always = route -> new Fault.None();
  private volatile Watcher watcher = new Watcher() {};
  private volatile Duration hold = Duration.ofSeconds(20);
  private final CountDownLatch closed = new CountDownLatch(1);
  private int mostTakes;

  public FakeRunPod() throws IOException {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("fake-runpod").start(this::accept);
  }

  /** The environment of a worker. */
  public Map<String, String> env() {
    String base = "http://127.0.0.1:" + server.getLocalPort() + "/v2/ep/";
    Map<String, String> env = new LinkedHashMap<>();
    env.put("RUNPOD_WEBHOOK_GET_JOB", base + "job-take/$ID?gpu=NVIDIA+RTX+A5000");
    env.put(
        "RUNPOD_WEBHOOK_POST_OUTPUT", base + "job-done/$RUNPOD_POD_ID/$ID?gpu=NVIDIA+RTX+A5000");
    env.put("RUNPOD_WEBHOOK_PING", base + "ping/$RUNPOD_POD_ID?gpu=NVIDIA+RTX+A5000");
    env.put("RUNPOD_AI_API_KEY", KEY);
    env.put("RUNPOD_POD_ID", WORKER);
    return env;
  }

  /** How long polls are held open without news. */
  public FakeRunPod holding(Duration time) {
    hold = time;
    return this;
  }

  /** Hands out a job with this input. */
  public void hand(String id, String input) {
    handRaw("{\"id\":\"" + id + "\",\"input\":" + input + "}");
  }

  /** Hands out this text as one element. */
  public synchronized void handRaw(String element) {
    jobs.add(element);
    notifyAll();
  }

  /** A job that waits is handed out no more. */
  public synchronized void withdraw(String id) {
    jobs.removeIf(element -> element.startsWith("{\"id\":\"" + id + "\","));
  }

  /** Tells the stop channel. */
  public synchronized void stop(String... ids) {
    stops.add(List.of(ids));
    notifyAll();
  }

  /** The next requests of this route meet these, one each. */
  public synchronized void next(Route route, Fault... faults) {
    script.computeIfAbsent(route, r -> new ArrayDeque<>()).addAll(List.of(faults));
  }

  /** Every request meets this when the script has nothing for it. */
  public void always(Function<Route, Fault> faults) {
    always = faults;
  }

  /** Who hears what happens from now on. */
  public void watch(Watcher listener) {
    watcher = listener;
  }

  public List<Seen> seen(Route route) {
    return seen.stream().filter(request -> request.route() == route).toList();
  }

  /** Final answers which the platform took, for one job, in order. */
  public List<JsonNode> answers(String id) throws IOException {
    List<JsonNode> answers = new ArrayList<>();
    for (Seen post : accepted) {
      if (post.jobId().equals(id) && !isProgress(post)) {
        answers.add(post.json());
      }
    }
    return answers;
  }

  /** Everything it took for a job, progress and answers, in order. */
  public List<JsonNode> posts(String id) throws IOException {
    List<JsonNode> posts = new ArrayList<>();
    for (Seen post : accepted) {
      if (post.jobId().equals(id)) {
        posts.add(post.json());
      }
    }
    return posts;
  }

  /** What {@code /status} would show. */
  public String status(String id) throws IOException {
    String status = "IN_PROGRESS";
    for (JsonNode post : posts(id)) {
      status =
          post.has("status")
              ? "IN_PROGRESS"
              : post.path("error").isTextual() && !post.get("error").asText().isEmpty()
                  ? "FAILED"
                  : "COMPLETED";
    }
    return status;
  }

  /** The most takes that were ever open at once. */
  public synchronized int mostTakesAtOnce() {
    return mostTakes;
  }

  /** Polls open now. */
  public synchronized int open(Route route) {
    return open.getOrDefault(route.name(), 0);
  }

  private static boolean isProgress(Seen post) throws IOException {
    return "IN_PROGRESS".equals(post.json().path("status").asText());
  }

  private boolean closed() {
    return closed.getCount() == 0;
  }

  private void accept() {
    while (!closed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        Thread.ofPlatform().daemon().name("fake-runpod-connection").start(() -> talk(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void talk(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      while (!closed() && answer(socket, in, read(in))) {
        // the next request on the same connection
      }
    } catch (IOException e) {
      // gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private Seen read(InputStream in) throws IOException {
    String[] start = line(in).split(" ", 3);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String[] parts = header.split(": ", 2);
      headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("half a body");
    }
    Route route =
        start[1].contains("/job-take")
            ? Route.TAKE
            : start[1].contains("/job-stop/")
                ? Route.STOP
                : start[1].contains("/job-done/")
                    ? Route.DONE
                    : start[1].contains("/ping/") ? Route.PING : Route.OTHER;
    Seen request =
        new Seen(route, start[0], start[1], headers, ByteString.of(body), System.nanoTime());
    seen.add(request);
    return request;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("closed");
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private Fault fault(Route route) {
    synchronized (this) {
      Deque<Fault> scripted = script.get(route);
      if (scripted != null && !scripted.isEmpty()) {
        return scripted.poll();
      }
    }
    return always.apply(route);
  }

  private boolean answer(Socket socket, InputStream in, Seen request)
      throws IOException, InterruptedException {
    count(request.route(), 1);
    AtomicBoolean open = new AtomicBoolean(true);
    Runnable answering =
        () -> {
          if (open.getAndSet(false)) {
            count(request.route(), -1);
          }
        };
    try {
      // Whoever has read an answer may ask again at once, on another connection.
      OutputStream out = new BeforeFirstByte(socket.getOutputStream(), answering);
      Fault fault = fault(request.route());
      watcher.met(request, fault);
      switch (fault) {
        case Fault.None() -> asItShould(socket, in, out, request);
        case Fault.Late(Duration by) -> {
          if (closed.await(by.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
          }
          asItShould(socket, in, out, request);
        }
        case Fault.Status(int code) -> respond(out, code, "text/plain", "");
        case Fault.Redirect(int code, String location) ->
            respond(out, code, "text/plain\r\nLocation: " + location, "");
        case Fault.Text(String type, String body) -> respond(out, 200, type, body);
        case Fault.Drop() -> {
          return false;
        }
        case Fault.LostAnswer() -> {
          asItShould(socket, in, OutputStream.nullOutputStream(), request);
          return false;
        }
        case Fault.Cut(String body) -> {
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                      + (body.length() + 10)
                      + "\r\n\r\n"
                      + body)
                  .getBytes(StandardCharsets.UTF_8));
          out.flush();
          return false;
        }
      }
      return true;
    } finally {
      answering.run();
    }
  }

  private static final class BeforeFirstByte extends FilterOutputStream {
    private final Runnable action;

    BeforeFirstByte(OutputStream out, Runnable action) {
      super(out);
      this.action = action;
    }

    @Override
    public void write(int b) throws IOException {
      action.run();
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      action.run();
      out.write(bytes, from, length);
    }
  }

  private synchronized void count(Route route, int by) {
    int now = open.merge(route.name(), by, Integer::sum);
    if (route == Route.TAKE) {
      mostTakes = Math.max(mostTakes, now);
    }
  }

  private void asItShould(Socket socket, InputStream in, OutputStream out, Seen request)
      throws IOException, InterruptedException {
    switch (request.route()) {
      case TAKE -> take(socket, in, out, request);
      case STOP -> {
        List<String> ids = await(socket, in, stops, 1).stream().findFirst().orElse(null);
        if (ids == null) {
          respond(out, 204, "", "");
        } else {
          String body = JSON.createObjectNode().set("jobsToStop", JSON.valueToTree(ids)).toString();
          respond(out, 200, "application/json", body);
        }
      }
      case DONE -> {
        boolean tooBig =
            request.body().size() > (request.jobId().startsWith("sync-") ? 20 : 10) * 1_000_000;
        if (!tooBig) {
          accepted.add(request);
          watcher.accepted(request);
        }
        respond(out, tooBig ? 400 : 200, "text/plain", "");
      }
      case PING -> respond(out, 200, "text/plain", "");
      case OTHER -> respond(out, 404, "text/plain", "");
    }
  }

  private void take(Socket socket, InputStream in, OutputStream out, Seen request)
      throws IOException, InterruptedException {
    boolean batch = request.target().contains("/job-take-batch/");
    int most =
        batch ? Integer.parseInt(request.target().replaceFirst(".*batch_size=(\\d+).*", "$1")) : 1;
    List<String> taken = await(socket, in, jobs, most);
    if (taken.isEmpty()) {
      respond(out, 204, "", "");
    } else {
      taken.forEach(element -> watcher.handed(request, element));
      String body = batch ? "[" + String.join(",", taken) + "]" : taken.getFirst();
      respond(out, 200, "application/json; charset=utf-8", body);
    }
  }

  /** Up to so many elements; none after the hold time or when the client has gone. */
  private <T> List<T> await(Socket socket, InputStream in, Deque<T> queue, int most)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + hold.toNanos();
    while (true) {
      synchronized (this) {
        if (queue.isEmpty()) {
          wait(10);
        }
      }
      if (!connected(socket, in)) {
        throw new IOException("the client has gone");
      }
      synchronized (this) {
        if (!queue.isEmpty()) {
          List<T> taken = new ArrayList<>();
          while (!queue.isEmpty() && taken.size() < most) {
            taken.add(queue.poll());
          }
          return taken;
        }
      }
      if (System.nanoTime() > until || closed()) {
        return List.of();
      }
    }
  }

  private static boolean connected(Socket socket, InputStream in) throws IOException {
    socket.setSoTimeout(1);
    in.mark(1);
    try {
      return in.read() >= 0;
    } catch (SocketTimeoutException e) {
      return true;
    } finally {
      in.reset();
      socket.setSoTimeout(0);
    }
  }

  private static void respond(OutputStream out, int code, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head = "HTTP/1.1 " + code + " X\r\n";
    if (code != 204) {
      head += "Content-Type: " + type + "\r\nContent-Length: " + bytes.length + "\r\n";
    }
    out.write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.write(bytes);
    out.flush();
  }

  /** Cuts every open connection, as a restart of the platform does. */
  public void cutConnections() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    cutConnections();
  }
}
