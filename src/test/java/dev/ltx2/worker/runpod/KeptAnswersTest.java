package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
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

  private Started start(FakeRunPod platform, int speed) {
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
    FakeRunPod.Seen refused;
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      try (Started started = start(platform, 20)) {
        platform.hand(id, "{\"a\":1}");
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() >= 2);
        started.worker().stop();
        assertThat(started.exitCode()).isZero();
      }
      refused = platform.seen(Route.DONE).getFirst();
    }
    assertThat(kept().toFile().list()).hasSize(1);
    // Another platform, since a post that the first worker broke off may still reach its own.
    try (FakeRunPod platform = new FakeRunPod()) {
      try (Started _ = start(platform, 1)) {
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() > 0);
        await().atMost(SOON).until(() -> kept().toFile().list().length == 0);
      }
      assertThat(platform.seen(Route.DONE)).hasSize(1);
      FakeRunPod.Seen taken = platform.seen(Route.DONE).getFirst();
      assertThat(taken.jobId()).isEqualTo(Endpoints.safe(id));
      assertThat(taken.text()).isEqualTo(refused.text());
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

  /** It is there for others before the second post, and gone with the platform's word for it. */
  @Test
  void itIsOnDiskFromTheFirstFailedPostOn() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      platform.next(Route.DONE, new Fault.Status(503), new Fault.Late(Duration.ofSeconds(1)));
      try (Started _ = start(platform, 10)) {
        platform.hand("job", "{}");
        await().atMost(SOON).until(() -> platform.open(Route.DONE) == 1);
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() == 2);
        assertThat(kept().resolve("job.json")).exists();
        assertThat(kept().resolve("job.json.lease")).exists();
        await().atMost(SOON).until(() -> kept().toFile().list().length == 0);
        assertThat(platform.answers("job")).hasSize(1);
      }
    }
  }

  /** As {@code kill -9} leaves them: leased, half deleted, half written. */
  @Test
  void aKilledWorkersAnswersArePostedAndALivingOnesAreNot() throws Exception {
    Files.createDirectories(kept());
    Files.writeString(kept().resolve("dead.json"), "{\"output\":1}");
    Files.writeString(kept().resolve("dead.json.lease"), "a worker 0000000000000003\n");
    Files.writeString(kept().resolve("delivered.json.lease"), "a worker 0000000000000004\n");
    Files.writeString(kept().resolve("half.json.lease"), "a worker 0000000000000001\n");
    Files.writeString(kept().resolve("half.json.part"), "{");
    Path living = Files.writeString(kept().resolve("living.json"), "{\"output\":2}");
    FastTime time = new FastTime(10);
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100));
        Leases leases = new Leases(time)) {
      Leases.Claim claim = leases.claim(living);
      assertThat(claim).isInstanceOf(Leases.Claim.Ours.class);
      try (Started _ = start(platform, 10)) {
        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(kept().toFile().list())
                    .containsExactlyInAnyOrder("living.json", "living.json.lease"));
        assertThat(platform.answers("dead")).hasSize(1);
        assertThat(platform.seen(Route.DONE)).hasSize(1);
        ((Leases.Claim.Ours) claim).lease().close();
        await().atMost(SOON).until(() -> platform.answers("living").size() == 1);
      }
    }
  }

  /** Two jobs' answers wait; the third job is taken, and the platform hears of all of them. */
  @Test
  void theSeatIsFreeOnceTheAnswerIsSafe() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      platform.hand("one", "{}");
      platform.hand("two", "{}");
      try (Started _ = start(platform, 20)) {
        await().atMost(SOON).until(() -> pinged(platform, "one,two"));
        assertThat(kept().resolve("two.json")).exists();
        platform.hand("one", "{}");
        platform.hand("three", "{}");
        await().atMost(SOON).until(() -> Files.exists(kept().resolve("three.json")));
        refuse(platform, false);
        for (String id : List.of("one", "two", "three")) {
          await().atMost(SOON).until(() -> platform.answers(id).size() == 1);
        }
        await().atMost(SOON).until(() -> kept().toFile().list().length == 0);
        int pings = platform.seen(Route.PING).size();
        await().atMost(SOON).until(() -> platform.seen(Route.PING).size() > pings + 1);
        assertThat(platform.seen(Route.PING).getLast().target()).doesNotContain("job_id");
      }
    }
  }

  /** The platform has given the job up; its answer is posted all the same. */
  @Test
  void whatThePlatformStopsIsPingedNoMore() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      platform.hand("job", "{}");
      try (Started _ = start(platform, 20)) {
        await().atMost(SOON).until(() -> Files.exists(kept().resolve("job.json")));
        await().atMost(SOON).until(() -> pinged(platform, "job"));
        platform.stop("job");
        await()
            .atMost(SOON)
            .until(() -> !platform.seen(Route.PING).getLast().target().contains("job_id"));
        refuse(platform, false);
        await().atMost(SOON).until(() -> platform.answers("job").size() == 1);
      }
    }
  }

  private static boolean pinged(FakeRunPod platform, String ids) {
    List<String> sorted = List.of(ids.split(","));
    return platform.seen(Route.PING).stream()
        .map(FakeRunPod.Seen::target)
        .map(target -> target.replaceAll(".*job_id=([^&]*).*", "$1").split("%2C"))
        .anyMatch(named -> Arrays.stream(named).sorted().toList().equals(sorted));
  }

  /** A worker that cannot deliver anything does not take jobs for ever. */
  @Test
  void whatWaitsIsBounded() throws Exception {
    int jobs = 40;
    try (FakeRunPod platform = new FakeRunPod()) {
      refuse(platform, true);
      for (int i = 0; i < jobs; i++) {
        platform.hand("job-" + i, "{}");
      }
      try (Started _ = start(platform, 10)) {
        await().atMost(SOON).until(() -> Files.exists(kept().resolve("job-31.json")));
        await()
            .atMost(SOON)
            .until(() ->
                platform.seen(Route.DONE).stream().anyMatch(post -> post.jobId().equals("job-32")));
        int posts = platform.seen(Route.DONE).size();
        await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() > posts + 30);
        assertThat(platform.seen(Route.DONE))
            .extracting(FakeRunPod.Seen::jobId)
            .doesNotContain("job-33");
        refuse(platform, false);
        for (int i = 0; i < jobs; i++) {
          String id = "job-" + i;
          await().atMost(SOON).until(() -> platform.answers(id).size() == 1);
        }
      }
    }
  }

  @Test
  void workersThatShareTheFolderDeliverEachOnce() throws Exception {
    Files.createDirectories(kept());
    for (int i = 0; i < 40; i++) {
      Files.writeString(kept().resolve("job-" + i + ".json"), "{\"output\":" + i + "}");
    }
    Files.writeString(kept().resolve("half.json.part"), "{");
    // What cannot be posted, or not be claimed, stops nothing; it comes first.
    Files.createDirectory(kept().resolve("a-folder.json"));
    Files.writeString(kept().resolve("a%.json"), "{}");
    Files.writeString(kept().resolve("a-shut.json"), "{}");
    Files.createDirectory(kept().resolve("a-shut.json.lease"));
    try (FakeRunPod platform = new FakeRunPod().holding(Duration.ofMillis(100));
        Started _ = start(platform, 1);
        Started _ = start(platform, 1)) {
      await().atMost(SOON).until(() -> platform.seen(Route.DONE).size() >= 40);
      await().atMost(SOON).until(() -> kept().toFile().list().length == 4);
      for (int i : IntStream.range(0, 40).toArray()) {
        assertThat(platform.answers("job-" + i)).hasSize(1);
        assertThat(platform.answers("job-" + i).getFirst().get("output").asInt()).isEqualTo(i);
      }
    }
  }
}
