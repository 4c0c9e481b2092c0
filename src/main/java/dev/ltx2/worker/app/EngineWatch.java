package dev.ltx2.worker.app;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.queue.EngineState;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;

/**
 * Asks ComfyUI whether it answers, for those who ask how the worker is: seldom, and never for long.
 * One that the worker starts is waited for by whoever asks it, so silence means that it starts.
 */
final class EngineWatch implements Supplier<EngineState> {
  /** How old an answer may be. */
  private static final Duration FRESH = Duration.ofSeconds(3);

  /** ComfyUI answers in milliseconds, between two steps of a sampler too. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ComfyUi comfyUi;
  private final boolean started;
  private final Clock time;
  private EngineState state = EngineState.READY;
  private long asked;
  private boolean known;

  /**
   * A watch.
   *
   * @param started whether the worker starts it itself
   */
  EngineWatch(ComfyUi comfyUi, boolean started, Clock time) {
    this.comfyUi = comfyUi;
    this.started = started;
    this.time = time;
  }

  @Override
  public synchronized EngineState get() {
    if (!known || time.since(asked).compareTo(FRESH) > 0) {
      state = ask();
      asked = time.nanos();
      known = true;
    }
    return state;
  }

  private EngineState ask() {
    if (comfyUi.gaveUp().isDone()) {
      return EngineState.UNHEALTHY;
    }
    BlockingQueue<EngineState> answer = new ArrayBlockingQueue<>(1);
    Thread asking = Thread.ofVirtual().name("engine-watch").start(() -> answer.add(answer()));
    try {
      EngineState heard = time.poll(answer, PATIENCE);
      return heard != null ? heard : silent();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return state;
    } finally {
      asking.interrupt();
    }
  }

  private EngineState answer() {
    try {
      var _ = comfyUi.systemStats(PATIENCE);
      return EngineState.READY;
    } catch (ComfyUiException e) {
      return EngineState.UNHEALTHY;
    } catch (InterruptedException e) {
      return silent();
    }
  }

  private EngineState silent() {
    return started ? EngineState.INITIALIZING : EngineState.UNHEALTHY;
  }
}
