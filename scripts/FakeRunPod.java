import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays RunPod for scripts/check-image: hands a self-test and a video to one worker, serves the
 * video's inputs, and exits 0 when both were answered well. {@code java FakeRunPod.java PORT_FILE}.
 * With {@code first-take} behind it, it exits at the first question for a job, having written the
 * machine's uptime of that moment to PORT_FILE.taken. It waits for minutes: on a busy machine the
 * container alone may take one.
 */
final class FakeRunPod {
  private static final Map<String, String> ANSWERS = new ConcurrentHashMap<>();
  private static final CountDownLatch ANSWERED = new CountDownLatch(2);
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final AtomicInteger PINGS = new AtomicInteger();

  private FakeRunPod() {}

  public static void main(String[] args) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    int port = server.getAddress().getPort();
    String video =
        """
        {"id": "video", "input": {"image_url": "http://127.0.0.1:%1$d/media/keyframe-1.jpg",
         "duration": 1, "width": 320, "height": 192, "fps": 24, "quality_preset": "fast"}}"""
            .formatted(port);
    String[] jobs = {"{\"id\": \"self-test\", \"input\": {\"self_test\": true}}", video};
    server.createContext("/job-take/", exchange -> {
      if (args.length > 1) {
        String uptime = Files.readString(Path.of("/proc/uptime"));
        Files.writeString(Path.of(args[0] + ".taken"), uptime.split(" ")[0]);
        System.exit(0);
      }
      int job = NEXT.getAndIncrement();
      if (job >= jobs.length) {
        hold();
        answer(exchange, 204, new byte[0]);
      } else {
        answer(exchange, 200, jobs[job].getBytes(StandardCharsets.UTF_8));
      }
    });
    server.createContext("/done/", exchange -> {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String id = exchange.getRequestURI().getPath().replaceAll(".*/", "");
      if (!body.contains("\"IN_PROGRESS\"") && ANSWERS.putIfAbsent(id, body) == null) {
        ANSWERED.countDown();
      }
      answer(exchange, 200, new byte[0]);
    });
    server.createContext("/ping", exchange -> {
      PINGS.incrementAndGet();
      answer(exchange, 200, new byte[0]);
    });
    server.createContext("/job-stop", exchange -> {
      hold();
      answer(exchange, 200, "{\"jobsToStop\":[]}".getBytes(StandardCharsets.UTF_8));
    });
    server.createContext("/media/", exchange ->
        answer(
            exchange,
            200,
            Files.readAllBytes(Path.of("test-fixtures" + exchange.getRequestURI().getPath()))));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    Files.writeString(Path.of(args[0]), Integer.toString(port));
    boolean all = ANSWERED.await(5, TimeUnit.MINUTES);
    ANSWERS.forEach((id, body) -> System.err.println(id + ": " + body));
    boolean good =
        all
            && PINGS.get() > 0
            && ANSWERS.get("self-test").contains("\"healthy\"")
            && ANSWERS.get("video").contains("audio.mp4")
            && ANSWERS.values().stream().allMatch(body -> body.contains("\"success\""));
    System.exit(good ? 0 : 1);
  }

  /** Holds a poll open, as RunPod does when there is no news. */
  private static void hold() {
    try {
      ANSWERED.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int code, byte[] body) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(code, body.length == 0 ? -1 : body.length);
      if (body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }
}
