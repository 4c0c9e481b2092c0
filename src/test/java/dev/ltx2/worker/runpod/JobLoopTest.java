package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.PostsAlone;
import dev.ltx2.worker.runpod.EndOfLoop.End;
import dev.ltx2.worker.runpod.answers.KeptAnswers;
import dev.ltx2.worker.runpod.answers.ResultOutbox;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.RunPodClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the loop ends, and what it says of the platform. */
@Timeout(40)
class JobLoopTest {
  @TempDir private Path temp;
  private final ManualTime time = ManualTime.skipping();

  private JobLoop loop(Platform platform) {
    ResultOutbox outbox = new ResultOutbox(platform, new KeptAnswers(temp, time), time);
    return new JobLoop(
        platform,
        new JobRun.Means(
            (job, _) -> Started.echo(job),
            new ActiveJobs(1, time),
            outbox,
            Duration.ofSeconds(1),
            time));
  }

  /** What each take brings, and then the end of the loop. */
  private static final class Takes implements PostsAlone {
    private final List<Taken> all;
    private final AtomicInteger made = new AtomicInteger();
    private final List<Runnable> before = new ArrayList<>();

    Takes(Taken... all) {
      this.all = List.of(all);
    }

    @Override
    public Taken take(int wanted, boolean working) {
      before.get(made.get()).run();
      return all.get(made.getAndIncrement());
    }

    @Override
    public Posted post(String jobId, RequestBody body, Duration limit) {
      return new Posted.Accepted();
    }
  }

  @Test
  void whatEndsWithItEndsAlsoWhenItHasEnded() {
    JobLoop loop = loop(new Takes());
    AtomicInteger ended = new AtomicInteger();
    loop.onEnd(ended::incrementAndGet);
    assertThat(ended).hasValue(0);
    loop.end(End.SIGNAL, null);
    assertThat(ended).hasValue(1);
    loop.onEnd(ended::incrementAndGet);
    assertThat(ended).hasValue(2);
    loop.end(End.BROKEN, null);
    assertThat(ended).as("it ends once").hasValue(2);
    assertThat(loop.cause()).isEqualTo("SIGNAL");
  }

  /** Also where there is no job: an operator waits for that line. */
  @Test
  void aTakeThatBringsNothingShowsThatThePlatformIsBack() throws Exception {
    Takes takes =
        new Takes(
            new Platform.Failed("it is away"),
            new Platform.Taken.NoJobs(),
            new Platform.Taken.NoJobs());
    JobLoop loop = loop(takes);
    try (CapturedLogs logs = new CapturedLogs()) {
      takes.before.add(() -> assertThat(logs.lines()).noneMatch(line -> line.contains("fails")));
      takes.before.add(() ->
          assertThat(logs.lines())
              .anyMatch(line -> line.contains("fails: it is away"))
              .noneMatch(line -> line.contains("works again")));
      takes.before.add(() -> {
        loop.end(End.SIGNAL, null);
        assertThat(logs.lines()).anyMatch(line -> line.contains("Taking jobs works again"));
      });
      assertThat(loop.run()).isEqualTo(End.SIGNAL);
    }
    assertThat(takes.made).hasValue(3);
  }

  @Test
  void nothingIsAskedForAfterTheEnd() throws Exception {
    try (FakeRunPod platform = new FakeRunPod()) {
      RunPodClient client =
          new RunPodClient(
              new Endpoints(Started.settings(platform, Duration.ZERO)),
              Optional.of(FakeRunPod.KEY),
              Clock.SYSTEM);
      client.endTake();
      assertThat(client.take(1, false)).isEqualTo(new Platform.Taken.NoJobs());
      assertThat(platform.seen(FakeRunPod.Route.TAKE)).isEmpty();
      client.close();
    }
  }
}
