package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.MissingNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.PostsAlone;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.TakenJob;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who answers a job, and when there is room for another. */
@Timeout(20)
class ActiveJobsTest {
  private static final PostsAlone NOBODY = (_, _, _) -> new Platform.Posted.Accepted();

  private final ActiveJobs jobs = new ActiveJobs(2, Clock.SYSTEM);

  private static ActiveJob admit(ActiveJobs roster, String id) {
    TakenJob taken = new TakenJob(new Job(id, MissingNode.getInstance()), Optional.empty());
    return roster.admit(taken, NOBODY).orElseThrow();
  }

  private ActiveJob admit(String id) {
    return admit(jobs, id);
  }

  private ActiveJob running(String id) {
    ActiveJob job = admit(id);
    assertThat(job.start(new Thread(() -> {}))).isTrue();
    return job;
  }

  @Test
  void oneEndingExcludesAllOthers() {
    ActiveJob answered = running("answered");
    assertThat(answered.claim()).isTrue();
    assertThat(answered.claim()).isFalse();
    assertThat(answered.seize()).isFalse();
    assertThat(answered.stop()).as("its answer is on its way").isFalse();
    assertThat(answered.stopped()).isFalse();

    ActiveJob stopped = running("stopped");
    assertThat(stopped.stop()).isTrue();
    assertThat(stopped.stop()).as("said twice").isTrue();
    assertThat(stopped.stopped()).isTrue();
    assertThat(stopped.claim()).isFalse();
    assertThat(stopped.seize()).isFalse();
  }

  @Test
  void aJobThatHasNotBegunCanBeEndedAndThenNeverBegins() {
    ActiveJob queued = admit("queued");
    assertThat(queued.waiting()).isTrue();
    assertThat(queued.started()).isFalse();
    assertThat(queued.claim()).isTrue();
    assertThat(queued.waiting()).isFalse();
    assertThat(queued.start(new Thread(() -> {}))).isFalse();
    assertThat(queued.started()).isFalse();
  }

  @Test
  void whoseEndOthersDecideIsInterrupted() throws Exception {
    for (boolean stop : new boolean[] {true, false}) {
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      ActiveJob job = admit("job-" + stop);
      Thread thread =
          Thread.ofPlatform()
              .unstarted(() -> {
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interrupted.complete(true);
                }
              });
      job.start(thread);
      thread.start();
      assertThat(stop ? job.stop() : job.seize()).isTrue();
      assertThat(interrupted.get()).isTrue();
    }
  }

  @Test
  void aJobIsHeldOnceUnlessItsFirstRunWasStopped() {
    ActiveJob first = running("job");
    assertThat(jobs.admit(first.handed(), NOBODY)).isEmpty();
    first.stop();
    assertThat(jobs.ids()).isEmpty();
    ActiveJob second = jobs.admit(first.handed(), NOBODY).orElseThrow();
    jobs.leave(first);
    assertThat(jobs.find("job")).as("the second run stays").contains(second);
    assertThat(jobs.ids()).containsExactly("job");
    jobs.leave(second);
    assertThat(jobs.jobs()).isEmpty();
  }

  @Test
  void twoTailsNeedNoSeat() throws Exception {
    assertThat(jobs.awaitFree()).isEqualTo(2);
    ActiveJob one = running("one");
    assertThat(jobs.awaitFree()).isEqualTo(1);
    jobs.vacate(one);
    assertThat(jobs.awaitFree()).isEqualTo(2);
    jobs.vacate(running("two"));
    assertThat(jobs.awaitFree()).isEqualTo(2);
    jobs.vacate(running("three"));
    assertThat(jobs.awaitFree()).as("the third keeps its seat").isEqualTo(1);
    jobs.leave(one);
    assertThat(jobs.awaitFree()).isEqualTo(2);
    jobs.close();
    assertThat(jobs.awaitFree()).isZero();
  }

  @Test
  void waitsForTheVideosOnTheirWayAndForNothingElse() throws Exception {
    ManualTime time = ManualTime.skipping();
    ActiveJobs roster = new ActiveJobs(2, time);
    ActiveJob broken = admit(roster, "broken");
    ActiveJob video = admit(roster, "video");
    ActiveJob other = admit(roster, "other");
    roster.vacate(broken);
    roster.awaitTails(broken, Duration.ofMinutes(1));
    assertThat(time.nanos()).as("nothing is on its way").isZero();

    roster.vacate(video);
    roster.awaitTails(broken, Duration.ofMinutes(1));
    assertThat(time.since(0)).as("no longer than it may").isEqualTo(Duration.ofMinutes(1));

    roster.leave(video);
    long before = time.nanos();
    roster.awaitTails(broken, Duration.ofMinutes(1));
    assertThat(time.since(before)).isZero();
    assertThat(roster.awaitEmpty(Duration.ofSeconds(30))).isFalse();
    assertThat(time.since(before)).isEqualTo(Duration.ofSeconds(30));
    roster.leave(broken);
    roster.leave(other);
    assertThat(roster.awaitEmpty(Duration.ZERO)).isTrue();
  }
}
