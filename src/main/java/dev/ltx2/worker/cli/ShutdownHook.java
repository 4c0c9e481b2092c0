package dev.ltx2.worker.cli;

/** What is done when the process is told to end; closing it takes it back. */
record ShutdownHook(Thread thread) implements AutoCloseable {
  static ShutdownHook of(Runnable work) {
    Thread thread = new Thread(work, "signal");
    Runtime.getRuntime().addShutdownHook(thread);
    return new ShutdownHook(thread);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException e) {
      // It is running: the process is ending.
    }
  }
}
