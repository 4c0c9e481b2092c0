package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.PromptRedactor;
import dev.ltx2.worker.comfyui.process.ProcessStatus.Phase;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.StartTimes;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts ComfyUI, starts it again when it dies or is of no more use, and stops it: one process
 * after the other, until the worker stops or none can be hoped for.
 */
final class ProcessLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessLoop.class);
  private static final Duration PROBE_EVERY = Duration.ofMillis(250);
  private static final Duration DRAINING = Duration.ofMillis(200);
  private static final int TAIL_LINES = 20;

  private final Launch.Ready ready;
  private final PromptRedactor redactor;
  private final Clock time;
  private final StartTimes times;
  private final Consumer<String> onDeath;
  private final Restarts restarts;
  private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> gaveUp = new CompletableFuture<>();
  private final ProcessStatus status = new ProcessStatus();

  /** Since when it does not answer; only the thread that runs this looks at it. */
  private long unreadySince;

  /** {@code onDeath} is told each time that the process ends, and why. */
  ProcessLoop(
      Launch.Ready ready,
      PromptRedactor redactor,
      Clock time,
      StartTimes times,
      Consumer<String> onDeath) {
    this.ready = ready;
    this.redactor = redactor;
    this.time = time;
    this.times = times;
    this.onDeath = onDeath;
    this.restarts = new Restarts(time);
    this.unreadySince = time.nanos();
  }

  ProcessStatus status() {
    return status;
  }

  /** Completed with the reason when there will be no ComfyUI any more. */
  CompletableFuture<String> gaveUp() {
    return gaveUp;
  }

  void tell(Notice notice) {
    notices.add(notice);
  }

  /** ComfyUI has done a prompt: earlier restarts count no longer. */
  void onSuccess() {
    restarts.success();
  }

  @Override
  public void run() {
    LifeEnd end;
    try {
      end = lives();
    } catch (InterruptedException | RuntimeException e) {
      end = broken(e);
    }
    if (end instanceof LifeEnd.GaveUp(var reason)) {
      String message = Launch.failed(reason, null).getMessage();
      String tail = status.logTail();
      String whole = tail.isEmpty() ? message : message + "\n" + tail;
      LOG.error("Giving ComfyUI up: {}", whole);
      gaveUp.complete(whole);
      status.become(new Phase.GivenUp(whole));
    } else {
      status.become(new Phase.WorkerStopped());
    }
  }

  private static LifeEnd.GaveUp broken(Exception e) {
    LOG.error("Cannot supervise ComfyUI any longer", e);
    return new LifeEnd.GaveUp("its supervision broke: " + e);
  }

  /** One life after the other; how the last one ended, and why there is no other. */
  private LifeEnd lives() throws InterruptedException {
    while (true) {
      LifeEnd end = live();
      if (!(end instanceof LifeEnd.Died(var reason))) {
        return end;
      }
      Optional<Duration> delay = restarts.next();
      if (delay.isEmpty()) {
        return new LifeEnd.GaveUp(
            "%s, after %d restarts within %d minutes"
                .formatted(reason, Restarts.MOST, Restarts.WINDOW.toMinutes()));
      }
      LOG.warn("Restarting ComfyUI in {} s: it ended ({})", delay.get().toSeconds(), reason);
      if (closedWithin(delay.get())) {
        return new LifeEnd.Closed();
      }
    }
  }

  /** From one start to its end. */
  private LifeEnd live() throws InterruptedException {
    Process life;
    try {
      life = ready.start();
    } catch (IOException e) {
      return new LifeEnd.GaveUp(IoErrors.of(e));
    }
    LOG.info("Starting ComfyUI, process {}", life.pid());
    var _ = life.onExit().thenRun(() -> notices.add(new Notice.Exited(life)));
    ImportTime imported = new ImportTime(times, time);
    LogTail log = new LogTail(redactor, imported::hear);
    Thread pump = Thread.ofVirtual().start(() -> log.pump(life.getInputStream()));
    ProcessTree tree = new ProcessTree(life);
    LifeEnd end;
    try {
      end = watch(life, tree, imported);
    } catch (InterruptedException | RuntimeException e) {
      end = broken(e);
    }
    status.become(new Phase.Starting());
    // What the process wrote last is still on its way when its exit is seen.
    pump.join(DRAINING);
    status.keepLog(log.last(TAIL_LINES));
    Optional<String> hopeless = GpuFaults.in(log.last(TAIL_LINES));
    if (end instanceof LifeEnd.Died && hopeless.isPresent()) {
      end = new LifeEnd.GaveUp("the GPU cannot be used: " + hopeless.get());
    }
    onDeath.accept(end.reason());
    tree.stop();
    return end;
  }

  private LifeEnd watch(Process life, ProcessTree tree, ImportTime imported)
      throws InterruptedException {
    Optional<LifeEnd> early = awaitAnswer(life, tree);
    if (early.isPresent()) {
      return early.get();
    }
    imported.answers();
    status.become(new Phase.Answering(life));
    while (true) {
      Optional<LifeEnd> end = notices.take().end(life);
      if (end.isPresent()) {
        unreadySince = time.nanos();
        return end.get();
      }
    }
  }

  /** Until it answers; or its end, if that comes before. */
  private Optional<LifeEnd> awaitAnswer(Process life, ProcessTree tree)
      throws InterruptedException {
    while (true) {
      Notice notice = time.poll(notices, PROBE_EVERY);
      if (notice != null) {
        Optional<LifeEnd> end = notice.end(life);
        if (end.isPresent()) {
          return end;
        }
        continue;
      }
      tree.look();
      Duration waited = time.since(unreadySince);
      if (ready.answers()) {
        LOG.info("Started ComfyUI, it answers after {} s", waited.toMillis() / 1000.0);
        return Optional.empty();
      }
      if (waited.compareTo(ready.startTimeout()) > 0) {
        return Optional.of(
            new LifeEnd.GaveUp(
                "not ready within %d s".formatted(ready.startTimeout().toSeconds())));
      }
    }
  }

  /** Waits before a restart; true when the worker stops meanwhile. */
  private boolean closedWithin(Duration delay) throws InterruptedException {
    long start = time.nanos();
    while (true) {
      Duration left = delay.minus(time.since(start));
      Notice notice = left.isPositive() ? time.poll(notices, left) : null;
      if (notice instanceof Notice.Hopeless) {
        // for the next life, which ends with it
        notices.add(notice);
        return false;
      }
      if (notice == null || notice instanceof Notice.WorkerStops) {
        return notice != null;
      }
    }
  }
}
