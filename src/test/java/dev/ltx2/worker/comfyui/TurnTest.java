package dev.ltx2.worker.comfyui;

import static dev.ltx2.worker.comfyui.Lab.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several callers: one prompt at a time, uploads and results beside it. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TurnTest {
  @TempDir Path dir;

  /** Runs it with a folder and an input of its own. */
  private Lab.Running start(Lab lab, String job) throws IOException {
    Prompt prompt = lab.prompt(job, lab.input(job, job + ".png"));
    Path results = Files.createDirectories(dir.resolve(job));
    return new Lab.Running(() -> lab.comfyUi.run(prompt, results, (f, s, n, node) -> {}));
  }

  private static ScriptedComfyUi.Script successAfter(CountDownLatch enough) {
    return play -> {
      play.accept();
      enough.await();
      play.succeed();
    };
  }

  private static void awaitUpload(Lab lab, String job) {
    Awaitility.await().until(() -> lab.server.count("UPLOAD jobs/" + job) == 1);
  }

  private static void awaitPosts(Lab lab, int posts) {
    Awaitility.await().until(() -> lab.server.plays.size() == posts);
  }

  @Test
  void inputsGoInAndResultsComeOutBesideAnotherPrompt() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    try (Lab lab =
        new Lab(
            dir,
            Clock.SYSTEM,
            successAfter(enough),
            play -> {
              second.countDown();
              play.accept();
              play.succeed();
            })) {
      // The first result is not given out before the second prompt runs.
      lab.server.beforeView = second::await;
      Lab.Running a = start(lab, "a");
      awaitPosts(lab, 1);
      Lab.Running b = start(lab, "b");
      awaitUpload(lab, "b");
      assertThat(lab.server.plays).hasSize(1);
      enough.countDown();
      assertThat(a.get().video()).hasContent("video of jobs/a");
      Generated waited = b.get();
      assertThat(waited.video()).hasContent("video of jobs/b");
      assertThat(waited.queued()).isPositive();
    }
  }

  @Test
  void aWaitingOneCanBeCancelled() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    try (Lab lab = new Lab(dir, Clock.SYSTEM, successAfter(enough), SUCCESS)) {
      Lab.Running a = start(lab, "a");
      awaitPosts(lab, 1);
      Lab.Running b = start(lab, "b");
      awaitUpload(lab, "b");
      Lab.Running c = start(lab, "c");
      awaitUpload(lab, "c");
      b.thread.interrupt();
      assertThatThrownBy(b::get).isInstanceOf(InterruptedException.class);
      enough.countDown();
      a.get();
      assertThat(c.get().video()).hasContent("video of jobs/c");
      assertThat(lab.server.plays).hasSize(2);
    }
  }

  @Test
  void theNextComesWhenACancelledPromptIsReallyGone() throws Exception {
    CountDownLatch lastStep = new CountDownLatch(1);
    ScriptedComfyUi.Script slowToStop =
        play -> {
          play.accept();
          play.awaitStop();
          lastStep.await();
          play.endWith("error", "execution_interrupted", "", "");
        };
    AtomicInteger inQueue = new AtomicInteger();
    Lab[] labs = new Lab[1];
    ScriptedComfyUi.Script next =
        play -> {
          inQueue.set(labs[0].server.queue.size());
          SUCCESS.play(play);
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, slowToStop, next)) {
      labs[0] = lab;
      Lab.Running a = start(lab, "a");
      awaitPosts(lab, 1);
      Lab.Running b = start(lab, "b");
      awaitUpload(lab, "b");
      a.thread.interrupt();
      assertThatThrownBy(a::get).isInstanceOf(InterruptedException.class);
      lastStep.countDown();
      assertThat(b.get().attempts()).isEqualTo(1);
      assertThat(inQueue).hasValue(1);
    }
  }

  @Test
  void oneThatIgnoresItsInterruptDoesNotKeepTheTurn() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept, SUCCESS)) {
      Lab.Running a = start(lab, "a");
      awaitPosts(lab, 1);
      Lab.Running b = start(lab, "b");
      awaitUpload(lab, "b");
      a.thread.interrupt();
      assertThatThrownBy(a::get).isInstanceOf(InterruptedException.class);
      b.tick(time, Duration.ofMillis(500));
      assertThat(b.get().attempts()).isEqualTo(1);
      assertThat(lab.guard.restarts).hasSize(1);
    }
  }

  @Test
  void everyFailurePassesTheTurnOn() throws Exception {
    ScriptedComfyUi.Script rejected =
        play -> play.answer(400, "{\"error\": {\"message\": \"no\"}, \"node_errors\": {}}");
    ScriptedComfyUi.Script failed =
        play -> {
          play.accept();
          play.fail("ValueError", "no");
        };
    ScriptedComfyUi.Script faulty =
        play -> {
          play.accept();
          play.fail("torch.AcceleratorError", "CUDA error");
        };
    try (Lab lab =
        new Lab(dir, Clock.SYSTEM, rejected, SUCCESS, failed, SUCCESS, faulty, SUCCESS, SUCCESS)) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> start(lab, "bad").get()).isInstanceOf(ComfyUiException.class);
        assertThat(start(lab, "good").get().video()).exists();
      }
      GenerationListener unhappy =
          new GenerationListener() {
            @Override
            public void started() {
              throw new IllegalStateException("listener");
            }

            @Override
            public void progress(double fraction, int step, int steps, String node) {}
          };
      assertThatThrownBy(() -> lab.comfyUi.run(lab.prompt("bad"), dir, unhappy))
          .hasMessage("listener");
      assertThat(start(lab, "good").get().video()).exists();
    }
  }

  @Test
  void aRestartWhileOneWaitsDoesNotCostItItsInputs() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM, ScriptedComfyUi.Play::accept, SUCCESS, SUCCESS)) {
      Lab.Running a = start(lab, "a");
      awaitPosts(lab, 1);
      Lab.Running b = start(lab, "b");
      awaitUpload(lab, "b");
      lab.wire.down();
      lab.server.forgetEverything();
      lab.server.uploads.clear();
      lab.wire.up();
      assertThat(a.get().attempts()).isEqualTo(2);
      assertThat(b.get().attempts()).isEqualTo(1);
      assertThat(lab.server.uploads).containsOnlyKeys("jobs/a/a.png", "jobs/b/b.png");
    }
  }

  @Test
  void aRestartWhileAResultIsFetchedDoesNotLoseIt() throws Exception {
    class ThenItIsBack implements Clock {
      private Wire wire;
      private int sleeps;

      @Override
      public long nanos() {
        return SYSTEM.nanos();
      }

      @Override
      public Instant now() {
        return SYSTEM.now();
      }

      @Override
      public void sleep(Duration duration) {
        if (++sleeps == 10) {
          wire.up();
        }
      }

      @Override
      public <E> E poll(BlockingQueue<E> queue, Duration timeout) throws InterruptedException {
        return SYSTEM.poll(queue, timeout);
      }
    }

    ThenItIsBack time = new ThenItIsBack();
    try (Lab lab = new Lab(dir, time, SUCCESS)) {
      time.wire = lab.wire;
      lab.server.beforeView =
          () -> {
            if (time.sleeps == 0) {
              lab.wire.down();
            }
          };
      assertThat(start(lab, "a").get().video()).hasContent("video of jobs/a");
      assertThat(lab.server.plays).hasSize(1);
    }
  }
}
