package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole workers, one after the other, and a platform that fails as it likes. */
@Timeout(150)
class ServeChaosTest {
  private static final int JOBS = 30;

  @TempDir private Path temp;

  /** Videos, and every third a request that cannot work. */
  private static String input(int job) throws IOException {
    byte[] image = Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg"));
    return new ObjectMapper()
        .createObjectNode()
        .put("image_url", "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(image))
        .put("duration", job % 3 == 2 ? 99 : 1)
        .put("buffer_seconds", 0)
        .put("width", 64)
        .put("height", 64)
        .put("fps", 4)
        .put("steps", 1)
        .toString();
  }

  private static Fault fault(Random random, Route route) {
    if (random.nextInt(6) > 0) {
      return new Fault.None();
    }
    List<Fault> faults =
        List.of(
            new Fault.Drop(),
            new Fault.Status(500),
            new Fault.Status(503),
            new Fault.Late(Duration.ofMillis(50)),
            // A take without news; an answer that is refused is another test's matter.
            new Fault.Status(route == Route.TAKE ? 400 : 502));
    return faults.get(random.nextInt(faults.size()));
  }

  /** Some of the first are handed out twice in a row. */
  private static void hand(FakeRunPod platform, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      platform.hand("job-" + i, input(i));
      if (i % 3 == 1 && i < JOBS / 3) {
        platform.hand("job-" + i, input(i));
      }
    }
  }

  private static long answered(FakeRunPod platform) throws IOException {
    long answered = 0;
    for (int i = 0; i < JOBS; i++) {
      answered += platform.answers("job-" + i).isEmpty() ? 0 : 1;
    }
    return answered;
  }

  /** SIGTERM in the middle: what the first worker took it answers, the second does the rest. */
  @Test
  void everyJobGetsOneAnswer() throws Exception {
    Random random = new Random(20261122);
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.always(route -> {
        synchronized (random) {
          return fault(random, route);
        }
      });
      hand(platform, 0, JOBS * 2 / 3);
      Map<String, String> env = platform.env();
      env.putAll(
          Map.of("ENGINE", "rehearsal", "WORKER_CONCURRENCY", "4", "RUNPOD_PING_INTERVAL", "200"));
      try (ServeProcess first = ServeProcess.start(temp.resolve("first"), env)) {
        await().atMost(Duration.ofSeconds(60)).until(() -> answered(platform) >= JOBS / 2);
        first.terminate();
        // The open take may still bring some of these.
        hand(platform, JOBS * 2 / 3, JOBS);
        assertThat(first.exitCode()).isZero();
      }
      env.put("KEEP_DIR", temp.resolve("first/unsent").toString());
      try (ServeProcess second = ServeProcess.start(temp.resolve("second"), env)) {
        await().atMost(Duration.ofSeconds(60)).until(() -> answered(platform) == JOBS);
        second.terminate();
        assertThat(second.exitCode()).isZero();
      }
      for (int i : IntStream.range(0, JOBS).toArray()) {
        String id = "job-" + i;
        // One that came again after its success is answered again, with the same.
        assertThat(new HashSet<>(platform.answers(id))).as(id).hasSize(1);
        assertThat(platform.status(id)).as(id).isEqualTo(i % 3 == 2 ? "FAILED" : "COMPLETED");
      }
      assertThat(platform.mostTakesAtOnce()).isEqualTo(1);
    }
  }
}
