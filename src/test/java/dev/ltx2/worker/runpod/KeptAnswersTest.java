package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FastTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that outlive their worker. */
@Timeout(40)
class KeptAnswersTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path temp;

  private Path kept() {
    return temp.resolve("unsent/answers");
  }

  private Started start(FakeRunPod platform, int speed) throws Exception {
    return new Started(
        Started.settings(platform, Duration.ZERO),
        (job, listener) -> Started.echo(job),
        1,
        kept(),
        new FastTime(speed));
  }

  private static void refuse(FakeRunPod platform, boolean refuse) {
    platform.always(
        route -> refuse && route == Route.DONE ? new Fault.Status(503) : new Fault.None());
  }

  /** The platform is away while the worker is told to end. */
  @ParameterizedTest
  @ValueSource(strings = {"usual-u1", "../odd id%2F*ü"})
  void theNextWorkerDeliversThem(String id) throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      try (Started started = start(platform, 20)) {
        platform.hand(id, "{\"a\":1}");
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() >= 2);
        started.worker().stop();
        assertThat(started.exitCode()).isZero();
      }
      assertThat(kept().toFile().list()).hasSize(1);
      int posts = platform.seen(Route.DONE).size();
      refuse(platform, false);
      try (Started _ = start(platform, 1)) {
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() > posts);
        await().atMost(SOON).until(() -> kept().toFile().list().length == 0);
      }
      FakeRunPod.Seen last = platform.seen(Route.DONE).getLast();
      assertThat(last.jobId()).isEqualTo(Endpoints.safe(id));
      assertThat(last.text()).isEqualTo(platform.seen(Route.DONE).getFirst().text());
      assertThat(platform.seen(Route.DONE)).hasSize(posts + 1);
    }
  }

  /** After ten minutes of trying, and again by the next worker, which fares no better. */
  @Test
  void whatIsGivenUpIsKeptAndKeptAgain() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      platform.hand("job", "{}");
      for (int worker = 0; worker < 2; worker++) {
        int before = platform.seen(Route.DONE).size();
        try (Started _ = start(platform, 600)) {
          await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() > before);
          await().atMost(SOON).until(() -> Files.exists(kept().resolve("job.json")));
        }
      }
    }
    assertThat(kept().resolve("job.json"))
        .content()
        .isEqualTo("{\"output\":{\"status\":\"success\",\"output\":{\"echo\":\"{}\"}}}");
    assertThat(kept().toFile().list()).hasSize(1);
  }

  @Test
  void workersThatShareTheFolderDeliverEachOnce() throws Exception {
    Files.createDirectories(kept());
    for (int i = 0; i < 40; i++) {
      Files.writeString(kept().resolve("job-" + i + ".json"), "{\"output\":" + i + "}");
    }
    Files.writeString(kept().resolve("half.json.part"), "{");
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100));
        Started _ = start(platform, 1);
        Started _ = start(platform, 1)) {
      await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() >= 40);
      await().atMost(SOON).until(() -> kept().toFile().list().length == 1);
      for (int i : IntStream.range(0, 40).toArray()) {
        assertThat(platform.answers("job-" + i)).hasSize(1);
        assertThat(platform.answers("job-" + i).getFirst().get("output").asInt()).isEqualTo(i);
      }
    }
  }
}
