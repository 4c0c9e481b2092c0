package dev.ltx2.worker.fakes;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test class in which OkHttp finds that somebody lost a connection. Registered for all
 * tests. OkHttp finds it after a garbage collection, so the class that fails may be a later one:
 * the stack of the call that lost it is in the message.
 */
public final class NoLeakedConnections implements AfterAllCallback {
  private static final LinkedBlockingQueue<Throwable> LEAKS = new LinkedBlockingQueue<>();

  /** Held, as the JDK forgets a logger that nobody holds, and its level with it. */
  private static final Logger LOGGER = Logger.getLogger("okhttp3.OkHttpClient");

  static {
    // At FINE the warning has the stack of the call.
    LOGGER.setLevel(Level.FINE);
    LOGGER.addHandler(new Listener());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    List<Throwable> leaks = taken();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " leaked connections, the first", leaks.getFirst());
    }
  }

  /** What was found since the last call. */
  static List<Throwable> taken() {
    List<Throwable> leaks = new ArrayList<>();
    LEAKS.drainTo(leaks);
    return leaks;
  }

  private static final class Listener extends Handler {
    @Override
    public void publish(LogRecord event) {
      String message = String.valueOf(event.getMessage());
      if (message.contains("leaked")) {
        LEAKS.add(new IllegalStateException(message, event.getThrown()));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
