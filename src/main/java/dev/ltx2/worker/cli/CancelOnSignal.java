package dev.ltx2.worker.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Cancels what the current thread does when the process is told to end, and gives it the time to
 * clean up: to delete temporary files and to end a ComfyUI that it started.
 */
final class CancelOnSignal implements AutoCloseable {
  /** ComfyUI's interrupt, then its end, by force if need be. */
  private static final int LONGEST_SECONDS = 20;

  private final CountDownLatch done = new CountDownLatch(1);
  private final ShutdownHook hook;

  CancelOnSignal() {
    Thread working = Thread.currentThread();
    hook = ShutdownHook.of(() -> cancel(working, done));
  }

  private static void cancel(Thread working, CountDownLatch done) {
    working.interrupt();
    try {
      if (!done.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("worker: ended without cleaning up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Everything is cleaned up. */
  @Override
  public void close() {
    done.countDown();
    hook.close();
  }
}
