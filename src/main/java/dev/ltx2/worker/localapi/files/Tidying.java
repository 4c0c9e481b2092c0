package dev.ltx2.worker.localapi.files;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what nobody uses any more, at the start and each hour; closing it ends that. */
public record Tidying(Thread thread) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Tidying.class);
  private static final Duration GAP = Duration.ofHours(1);

  /** Begins in the background. */
  public static Tidying start(FileFolder files, Clock time) {
    return new Tidying(Thread.ofVirtual().name("tidying").start(() -> tidy(files, time)));
  }

  private static void tidy(FileFolder files, Clock time) {
    try {
      while (true) {
        try {
          files.deleteUnused();
        } catch (IOException e) {
          LOG.warn("Cannot delete files that were sent: {}", IoErrors.of(e));
        }
        time.sleep(GAP);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
