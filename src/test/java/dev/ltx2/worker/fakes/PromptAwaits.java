package dev.ltx2.worker.fakes;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/**
 * Whoever awaits something looks at once and often, since hundreds of tests do, and long enough for
 * a machine that is busy. Registered for all tests.
 */
public final class PromptAwaits implements Extension {
  static {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }
}
