package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.runpod.protocol.TakenJob;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A job from its take to its answer. Whoever moves it out of running decides its end: the job's own
 * thread, a stop, or the end of the worker; so a stop never hits the post of an answer, and nobody
 * answers twice.
 */
final class ActiveJob {
  private enum RunPhase {
    QUEUED,
    RUNNING,
    ANSWERING,
    STOPPED
  }

  private final TakenJob handed;
  private final ProgressChannel progress;
  private RunPhase state = RunPhase.QUEUED;
  private @Nullable Thread thread;
  private boolean tail;
  private final BlockingQueue<String> departure = new LinkedBlockingQueue<>();

  ActiveJob(TakenJob handed, ProgressChannel progress) {
    this.handed = handed;
    this.progress = progress;
  }

  TakenJob handed() {
    return handed;
  }

  String id() {
    return handed.job().id();
  }

  /** Its own thread begins it; false when it was ended before. */
  synchronized boolean start(Thread worker) {
    if (state != RunPhase.QUEUED) {
      return false;
    }
    state = RunPhase.RUNNING;
    thread = worker;
    return true;
  }

  /** Whether nobody has begun or ended it yet. */
  synchronized boolean waiting() {
    return state == RunPhase.QUEUED;
  }

  /** Its video is out of the engine; false when that is known. */
  synchronized boolean becomeTail() {
    boolean first = !tail;
    tail = true;
    return first;
  }

  /** Whether only its way to the client is left. */
  synchronized boolean tail() {
    return tail;
  }

  /** Is no longer held. */
  void gone() {
    departure.add(id());
  }

  /** Waits until it is no longer held. */
  void awaitGone(Duration limit, Clock time) throws InterruptedException {
    String gone = time.poll(departure, limit);
    if (gone != null) {
      // for whoever waits too
      departure.add(gone);
    }
  }

  /** Whether it ever had a thread. */
  synchronized boolean started() {
    return thread != null;
  }

  /** True for the one who is to answer. */
  synchronized boolean claim() {
    if (state != RunPhase.QUEUED && state != RunPhase.RUNNING) {
      return false;
    }
    state = RunPhase.ANSWERING;
    return true;
  }

  /** Claims it from its thread, which is interrupted. */
  synchronized boolean seize() {
    if (!claim()) {
      return false;
    }
    silence();
    return true;
  }

  /** The platform wants no answer any more. False when one is on its way already. */
  synchronized boolean stop() {
    if (state == RunPhase.ANSWERING) {
      return false;
    }
    if (state != RunPhase.STOPPED) {
      state = RunPhase.STOPPED;
      silence();
    }
    return true;
  }

  private void silence() {
    progress.mute();
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Where it tells of itself. */
  ProgressChannel progress() {
    return progress;
  }

  synchronized boolean stopped() {
    return state == RunPhase.STOPPED;
  }
}
