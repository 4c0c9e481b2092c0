package dev.ltx2.worker.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The file that the image's health check looks at, written every few seconds. A process that has
 * ended, is stopped or gets no CPU time no longer writes it, even while it is still listed.
 */
public final class LivenessFile {
  private static final long BEAT_SECONDS = 5;

  private LivenessFile() {}

  /** Writes the file that {@code worker.pulse} names, if it names one, until the process ends. */
  public static void start() {
    String file = System.getProperty("worker.pulse");
    if (file != null) {
      Thread.ofPlatform().daemon().name("pulse").start(() -> beat(Path.of(file)));
    }
  }

  private static void beat(Path file) {
    try {
      while (true) {
        write(file);
        TimeUnit.SECONDS.sleep(BEAT_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(Path file) {
    try {
      Files.writeString(file, "");
    } catch (IOException e) {
      // The health check sees that the file is too old.
    }
  }
}
