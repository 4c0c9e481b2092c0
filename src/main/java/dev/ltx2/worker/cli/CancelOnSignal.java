package dev.ltx2.worker.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Cancels what the current thread does when the process is told to end, and lets it clean up:
 * temporary files go, and a ComfyUI of our own.
 */
final class CancelOnSignal implements AutoCloseable {
  /** ComfyUI's interrupt, then its own end, polite or not. */
  private static final int LONGEST_SECONDS = 20;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  CancelOnSignal() {
    Thread working = Thread.currentThread();
    hook =
        new Thread(
            () -> {
              working.interrupt();
              try {
                if (!done.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                  System.err.println("worker: ended without cleaning up");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "signal");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** All is cleaned up. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: the process is ending.
    }
  }
}
