package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.ComfyUiHttp;
import dev.ltx2.worker.comfyui.PromptRedactor;
import dev.ltx2.worker.comfyui.Supervisor;
import dev.ltx2.worker.comfyui.process.ProcessStatus.Phase;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts ComfyUI, starts it again when it dies or is of no more use, and stops it. One thread does
 * all of it; what happens reaches that thread as a {@link Notice}, and what others may know of it
 * is in one {@link ProcessStatus}.
 */
public final class ComfyUiProcess implements Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(ComfyUiProcess.class);
  private static final Duration PROBE_EVERY = Duration.ofMillis(250);
  private static final Duration DRAINING = Duration.ofMillis(200);
  private static final int TAIL_LINES = 20;

  private final Launch.Ready ready;
  private final PromptRedactor redactor;
  private final Clock time;
  private final Consumer<String> onDeath;
  private final Restarts restarts;
  private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> gaveUp = new CompletableFuture<>();
  private final ProcessStatus status = new ProcessStatus();

  /** Of the platform's: the kernel ends ComfyUI with the thread that started it. */
  private final Thread thread =
      Thread.ofPlatform().daemon().name("comfyui").unstarted(this::supervise);

  /** Since when it does not answer; only the supervising thread looks at it. */
  private long unreadySince;

  private sealed interface Notice {
    record Exited(Process process) implements Notice {}

    record Unwanted(Process process, String reason) implements Notice {}

    record WorkerStops() implements Notice {}
  }

  /**
   * Starts ComfyUI and keeps it running until this is closed; returns before it answers, and every
   * call waits for that. Its files lie in {@code launch.state()} and are read by path.
   *
   * @throws ComfyUiException when it cannot even be tried
   */
  public static ComfyUi supervise(Launch launch, Clock time) throws ComfyUiException {
    Launch.Ready ready = launch.prepare();
    PromptRedactor redactor = new PromptRedactor();
    return new ComfyUi(
        ready.url(),
        Optional.of(launch.state()),
        time,
        redactor,
        onDeath -> start(ready, redactor, time, onDeath));
  }

  /**
   * Starts it and returns at once.
   *
   * @param onDeath is told each time that it ends, and why
   */
  static ComfyUiProcess start(
      Launch.Ready ready, PromptRedactor redactor, Clock time, Consumer<String> onDeath) {
    ComfyUiProcess process = new ComfyUiProcess(ready, redactor, time, onDeath);
    process.thread.start();
    return process;
  }

  private ComfyUiProcess(
      Launch.Ready ready, PromptRedactor redactor, Clock time, Consumer<String> onDeath) {
    this.ready = ready;
    this.redactor = redactor;
    this.time = time;
    this.onDeath = onDeath;
    this.restarts = new Restarts(time);
    this.unreadySince = time.nanos();
  }

  @Override
  public CompletableFuture<String> gaveUp() {
    return gaveUp;
  }

  @Override
  public void awaitReady() throws ComfyUiException, InterruptedException {
    switch (status.awaitSettled()) {
      case Phase.GivenUp(var message) -> throw new ComfyUiException(Kind.START_FAILED, message);
      case Phase.WorkerStopped _ ->
          throw new ComfyUiException(Kind.UNAVAILABLE, "ComfyUI was stopped with the worker");
      case Phase.Starting _, Phase.Answering _ -> {}
    }
  }

  @Override
  public void restart(String reason) {
    status.startAnew().ifPresent(process -> notices.add(new Notice.Unwanted(process, reason)));
  }

  @Override
  public boolean recoverFrom(IOException e) throws InterruptedException {
    Phase phase = status.phase();
    if (!(phase instanceof Phase.Answering(var asked))) {
      return phase instanceof Phase.Starting;
    }
    if (e instanceof ComfyUiHttp.BadAnswer
        || e instanceof FileNotFoundException
        || e instanceof FileSystemException) {
      return false;
    }
    // A broken connection is seen before the exit that broke it.
    if (!asked.waitFor(1, TimeUnit.SECONDS)) {
      restart("it does not answer: " + e.getMessage());
    }
    return true;
  }

  @Override
  public void onSuccess() {
    restarts.success();
  }

  @Override
  public String logTail() {
    return status.logTail();
  }

  @Override
  public void close() {
    notices.add(new Notice.WorkerStops());
    // A cancelled caller must not leave the process behind; its stopping is bounded.
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void supervise() {
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
    LogTail log = new LogTail(redactor);
    Thread pump = Thread.ofVirtual().start(() -> log.pump(life.getInputStream()));
    ProcessTree tree = new ProcessTree(life);
    LifeEnd end;
    try {
      end = watch(life, tree);
    } catch (InterruptedException | RuntimeException e) {
      end = broken(e);
    }
    status.become(new Phase.Starting());
    // What the process wrote last is still on its way when its exit is seen.
    pump.join(DRAINING);
    status.keepLog(log.last(TAIL_LINES));
    onDeath.accept(end.reason());
    tree.stop();
    return end;
  }

  private LifeEnd watch(Process life, ProcessTree tree) throws InterruptedException {
    Optional<LifeEnd> early = awaitAnswer(life, tree);
    if (early.isPresent()) {
      return early.get();
    }
    status.become(new Phase.Answering(life));
    while (true) {
      Optional<LifeEnd> end = end(notices.take(), life);
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
        Optional<LifeEnd> end = end(notice, life);
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

  /** What a notice means for this life; empty for what concerns an earlier one. */
  private static Optional<LifeEnd> end(Notice notice, Process life) {
    return switch (notice) {
      case Notice.Exited(var who) when who.equals(life) ->
          Optional.of(LifeEnd.exited(life.exitValue()));
      case Notice.Unwanted(var who, var reason) when who.equals(life) ->
          Optional.of(new LifeEnd.Died(reason));
      case Notice.WorkerStops _ -> Optional.of(new LifeEnd.Closed());
      case Notice.Exited _, Notice.Unwanted _ -> Optional.empty();
    };
  }

  /** Waits before a restart; true when the worker stops meanwhile. */
  private boolean closedWithin(Duration delay) throws InterruptedException {
    long start = time.nanos();
    while (true) {
      Duration left = delay.minus(time.since(start));
      Notice notice = left.isPositive() ? time.poll(notices, left) : null;
      if (notice == null || notice instanceof Notice.WorkerStops) {
        return notice != null;
      }
    }
  }
}
