package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.ComfyUiHttp;
import dev.ltx2.worker.comfyui.PromptRedactor;
import dev.ltx2.worker.comfyui.Supervisor;
import dev.ltx2.worker.comfyui.process.ProcessStatus.Phase;
import dev.ltx2.worker.common.Clock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * ComfyUI as a process of this worker, as the client sees it. One thread, a {@link ProcessLoop},
 * does all to the process; what happens here reaches that thread as a {@link Notice}, and what it
 * lets others know is in one {@link ProcessStatus}.
 */
public final class ComfyUiProcess implements Supervisor {
  private final ProcessLoop loop;
  private final ProcessStatus status;

  /** Of the platform's: the kernel ends ComfyUI with the thread that started it. */
  private final Thread thread;

  /**
   * Starts ComfyUI and keeps it running until this is closed; returns before it answers, and every
   * call waits for that. Its files lie in {@code launch.state()} and are read by path.
   *
   * @throws ComfyUiException when it cannot even be tried
   */
  public static ComfyUi supervise(Launch launch, Clock time) throws ComfyUiException {
    return supervise(launch, time, FirstStart.unseen(time));
  }

  /** The same, with what happens beside the first start. */
  public static ComfyUi supervise(Launch launch, Clock time, FirstStart first)
      throws ComfyUiException {
    Launch.Ready ready = launch.prepare();
    PromptRedactor redactor = new PromptRedactor();
    return new ComfyUi(
        ready.url(),
        Optional.of(launch.state()),
        time,
        redactor,
        onDeath -> start(ready, redactor, time, first, onDeath));
  }

  /**
   * Starts it and returns at once.
   *
   * @param onDeath is told each time that it ends, and why
   */
  static ComfyUiProcess start(
      Launch.Ready ready,
      PromptRedactor redactor,
      Clock time,
      FirstStart first,
      Consumer<String> onDeath) {
    ProcessLoop loop = new ProcessLoop(ready, redactor, time, first.times(), onDeath);
    ComfyUiProcess process = new ComfyUiProcess(loop);
    process.thread.start();
    process.look(first.preflight());
    return process;
  }

  private ComfyUiProcess(ProcessLoop loop) {
    this.loop = loop;
    this.status = loop.status();
    this.thread = Thread.ofPlatform().daemon().name("comfyui").unstarted(loop);
  }

  private void look(FirstStart.Preflight preflight) {
    Thread.ofVirtual()
        .name("preflight")
        .start(() -> {
          try {
            preflight.obstacle().ifPresent(reason -> loop.tell(new Notice.Hopeless(reason)));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Override
  public CompletableFuture<String> gaveUp() {
    return loop.gaveUp();
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
    status.startAnew().ifPresent(process -> loop.tell(new Notice.Unwanted(process, reason)));
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
    loop.onSuccess();
  }

  @Override
  public String logTail() {
    return status.logTail();
  }

  @Override
  public void close() {
    loop.tell(new Notice.WorkerStops());
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
}
