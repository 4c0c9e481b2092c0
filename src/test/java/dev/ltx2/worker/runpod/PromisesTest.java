package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Fault;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.PromiseCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are kept while their videos are on their way. */
@Timeout(40)
class PromisesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String ANSWER = "{\"output\":\"where the video is\"}";

  @TempDir private Path temp;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  private Path kept() {
    return temp.resolve("answers");
  }

  private Started start(FakeRunPod platform, JobRunner runner, PromiseCheck check) {
    RunPodWorker worker =
        new RunPodWorker(
            Started.settings(platform, Duration.ofSeconds(60)),
            runner,
            1,
            kept(),
            new FastTime(10));
    worker.redeemPromises(proof -> {
      asked.add(proof);
      return check.holds(proof);
    });
    return new Started(worker);
  }

  private Started start(FakeRunPod platform, PromiseCheck check) {
    return start(platform, (job, l) -> Started.echo(job), check);
  }

  private FakeRunPod platform() throws Exception {
    return new FakeRunPod().holding(Duration.ofMillis(100));
  }

  /** As {@code kill -9} leaves it while a video is being sent. */
  private void aWorkerDied() throws Exception {
    Files.createDirectories(kept());
    Files.writeString(kept().resolve("job.json.promise"), "the proof\n" + ANSWER);
    Files.writeString(kept().resolve("job.json.lease"), "a worker 0000000000000003\n");
  }

  private void awaitEmpty() {
    await().atMost(SOON).until(() -> kept().toFile().list().length == 0);
  }

  @Test
  void theNextWorkerAnswersWhenTheVideoIsThere() throws Exception {
    aWorkerDied();
    try (FakeRunPod platform = platform();
        Started _ = start(platform, _ -> true)) {
      await().atMost(SOON).until(() -> platform.answers("job").size() == 1);
      awaitEmpty();
      assertThat(platform.seen(Route.DONE))
          .singleElement()
          .extracting(FakeRunPod.Seen::text)
          .isEqualTo(ANSWER);
    }
    assertThat(asked).containsExactly("the proof");
  }

  @Test
  void itIsDroppedWhenThereIsNoVideo() throws Exception {
    aWorkerDied();
    Files.writeString(kept().resolve("torn.json.promise"), "half a pro");
    try (FakeRunPod platform = platform();
        Started _ = start(platform, _ -> false)) {
      awaitEmpty();
      assertThat(platform.seen(Route.DONE)).isEmpty();
    }
  }

  @Test
  void itWaitsAsLongAsNobodyCanTell() throws Exception {
    aWorkerDied();
    PromiseCheck third =
        _ -> {
          if (asked.size() < 3) {
            throw new JobFailure(ErrorCode.STORAGE_FAILED, "the store is away", true, null);
          }
          return true;
        };
    try (CapturedLogs logs = new CapturedLogs();
        FakeRunPod platform = platform();
        Started _ = start(platform, third)) {
      await().atMost(SOON).until(() -> platform.answers("job").size() == 1);
      assertThat(asked).hasSize(3);
      assertThat(logs.lines()).filteredOn(l -> l.contains("the store is away")).hasSize(1);
    }
  }

  /** The worker died after it had kept the answer and before the promise was gone. */
  @Test
  void theAnswerItselfCountsForMore() throws Exception {
    aWorkerDied();
    Files.writeString(kept().resolve("job.json"), "{\"output\":\"as it is\"}");
    try (FakeRunPod platform = platform();
        Started _ = start(platform, _ -> true)) {
      awaitEmpty();
      assertThat(platform.answers("job"))
          .singleElement()
          .extracting(a -> a.get("output").asText())
          .isEqualTo("as it is");
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void aLivingWorkersAnswerTakesItsPlace() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    JobRunner runner =
        (job, listener) -> {
          listener.promised(new Promise(Started.answer(o -> o.writeNullField("soon")), "p"));
          sent.await();
          return Started.echo(job);
        };
    try (FakeRunPod platform = platform();
        Started _ = start(platform, runner, _ -> true)) {
      platform.next(Route.DONE, new Fault.Late(Duration.ofSeconds(1)));
      platform.hand("job", "{}");
      Path promise = kept().resolve("job.json.promise");
      await().atMost(SOON).until(() -> Files.exists(promise));
      assertThat(promise).content().startsWith("p\n{\"output\":{").contains("soon");
      assertThat(kept().resolve("job.json.lease")).exists();
      sent.countDown();
      await().atMost(SOON).until(() -> platform.open(Route.DONE) == 1);
      assertThat(kept().resolve("job.json")).content().contains("echo");
      assertThat(promise).doesNotExist();
      awaitEmpty();
      assertThat(platform.seen(Route.DONE)).hasSize(1);
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void aStoppedJobLeavesNone() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    JobRunner runner =
        (job, listener) -> {
          listener.promised(new Promise(Started.echo(job), "p"));
          never.await();
          return Started.echo(job);
        };
    try (FakeRunPod platform = platform();
        Started _ = start(platform, runner, _ -> true)) {
      platform.hand("job", "{}");
      await().atMost(SOON).until(() -> Files.exists(kept().resolve("job.json.promise")));
      platform.stop("job");
      awaitEmpty();
      assertThat(platform.seen(Route.DONE)).isEmpty();
    }
  }

  @Test
  void aFolderThatCannotBeWrittenCostsNothingElse() throws Exception {
    Files.createFile(kept());
    JobRunner runner =
        (job, listener) -> {
          listener.promised(new Promise(Started.echo(job), "p"));
          return Started.echo(job);
        };
    try (CapturedLogs logs = new CapturedLogs();
        FakeRunPod platform = platform();
        Started _ = start(platform, runner, _ -> true)) {
      platform.hand("job", "{}");
      await().atMost(SOON).until(() -> platform.answers("job").size() == 1);
      assertThat(logs.lines())
          .filteredOn(l -> l.contains("is not kept while its video is on its way"))
          .hasSize(1);
    }
  }

  @Test
  void anAnswerWhosePostLastsIsKept() throws Exception {
    try (FakeRunPod platform = platform();
        Started _ = start(platform, _ -> true)) {
      platform.next(Route.DONE, new Fault.Late(Duration.ofSeconds(2)));
      platform.hand("job", "{}");
      await().atMost(SOON).until(() -> Files.exists(kept().resolve("job.json")));
      assertThat(platform.answers("job")).isEmpty();
      awaitEmpty();
      assertThat(platform.seen(Route.DONE)).hasSize(1);
    }
  }
}
