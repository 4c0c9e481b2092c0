package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.handshake.ServerHandshake;

/**
 * How long the GPU waits between two queued jobs: between the queue's running empty and its next
 * prompt, as ComfyUI itself tells every client. A prompt takes a second, so that the next job is
 * there when it ends, as it is on a GPU.
 */
final class IdleBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An upload to a bucket in the same region. */
  private static final Duration STORE = Duration.ofMillis(300);

  /** What lies between the jobs: seats, the platform's time for a take, the inputs' for theirs. */
  private record Between(int seats, Duration take, Duration input, String target) {
    String name() {
      return "GPU idle between queued jobs, store 0.3 s, concurrency %d%s"
          .formatted(seats, take.isZero() ? "" : ", take 0.1 s, inputs 0.3 s");
    }
  }

  private IdleBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    List<Row> rows = new ArrayList<>();
    for (Between between :
        List.of(
            new Between(1, Duration.ZERO, Duration.ZERO, "<= 100 ms"),
            new Between(1, Duration.ofMillis(100), Duration.ofMillis(300), "<= 450 ms"),
            new Between(2, Duration.ZERO, Duration.ZERO, "<= 20 ms"))) {
      Path folder = work.resolve("loop-" + rows.size());
      rows.add(new Row(between.name(), "ms", idle(runs, between, folder), between.target));
    }
    return rows;
  }

  private static double[] idle(int runs, Between between, Path folder) throws Exception {
    List<Double> idle = new CopyOnWriteArrayList<>();
    InjectedFaults second = InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofMillis(100)));
    try (MockWebServer images = images(between.input);
        Rehearsal rehearsal = LtxRehearsal.start(folder, second, Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      WebSocketClient observer = observer(rehearsal.url(), idle);
      observer.connectBlocking();
      String input =
          JSON.createObjectNode()
              .put("image_url", images.url("/keyframe-1.jpg").toString())
              .put("duration", 1)
              .put("width", 640)
              .put("height", 352)
              .put("steps", 10)
              .toString();
      LoopBench.serve(
          job(comfyUi, slow(folder)),
          between.seats,
          platform -> {
            if (!between.take.isZero()) {
              platform.always(
                  route -> route == Route.TAKE ? new Fault.Late(between.take) : new Fault.None());
            }
            for (int i = 0; i <= runs + 1; i++) {
              platform.hand("queued-" + i, input);
            }
            LoopBench.until(() -> idle.size() > runs);
          });
      observer.closeBlocking();
    }
    // The first job warms the Java machine up.
    return idle.stream().skip(1).limit(runs).mapToDouble(Double::doubleValue).toArray();
  }

  private static VideoJob job(ComfyUi comfyUi, VideoStore store) throws Exception {
    return new VideoJob(
        new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), Clock.SYSTEM),
        new VideoGenerator(
            "rehearsal",
            Workflows.load(Path.of("workflows/ltx-2")),
            comfyUi,
            Duration.ofMinutes(5),
            Clock.SYSTEM),
        store,
        Clock.SYSTEM,
        new Random(1));
  }

  private static VideoStore slow(Path folder) {
    return (id, video, name, _, _) -> {
      Clock.SYSTEM.sleep(STORE);
      try {
        return new Stored.Local(Files.copy(video, folder.resolve(id + name)));
      } catch (IOException e) {
        throw new StorageException("not stored", e);
      }
    };
  }

  private static MockWebServer images(Duration delay) throws IOException {
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg"));
    MockWebServer server = new MockWebServer();
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return new MockResponse.Builder()
                .headersDelay(delay.toMillis(), TimeUnit.MILLISECONDS)
                .body(new Buffer().write(image))
                .build();
          }
        });
    server.start();
    return server;
  }

  private static WebSocketClient observer(URI url, List<Double> idle) {
    return new WebSocketClient(URI.create("ws" + url.toString().substring(4) + "/ws")) {
      private long emptySince;
      private boolean ran;

      @Override
      public void onMessage(String text) {
        JsonNode left;
        try {
          left = JSON.readTree(text).at("/data/status/exec_info/queue_remaining");
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        if (!left.isNumber()) {
          return;
        }
        if (left.asInt() > 0) {
          if (ran && emptySince != 0) {
            idle.add((System.nanoTime() - emptySince) / 1e6);
          }
          ran = true;
          emptySince = 0;
        } else {
          emptySince = System.nanoTime();
        }
      }

      @Override
      public void onOpen(ServerHandshake handshake) {}

      @Override
      public void onClose(int code, String reason, boolean remote) {}

      @Override
      public void onError(Exception e) {}
    };
  }
}
