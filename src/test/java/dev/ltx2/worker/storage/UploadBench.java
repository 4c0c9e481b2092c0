package dev.ltx2.worker.storage;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeGcs;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.slf4j.LoggerFactory;

/**
 * How long an upload takes and what it takes of the heap, over loopback. Two processes, so that the
 * uploading one has its heap for itself: {@code serve PORT}, and with {@code -Xmx64m}: {@code
 * upload URL MEGABYTES TIMES}, which prints one line of JSON.
 */
final class UploadBench {
  private UploadBench() {}

  public static void main(String[] args) throws Exception {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    switch (args[0]) {
      case "serve" -> serve(Integer.parseInt(args[1]));
      case "upload" -> upload(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException("serve PORT | upload URL MEGABYTES TIMES");
    }
  }

  @SuppressWarnings("resource") // serves until the process is ended
  private static void serve(int port) throws InterruptedException {
    System.out.println(FakeGcs.counting(port).url());
    Thread.currentThread().join();
  }

  private static void upload(String url, int megabytes, int times) throws Exception {
    Path video = Files.createTempFile("upload-bench", ".mp4");
    try {
      byte[] megabyte = new byte[1_000_000];
      new Random(1).nextBytes(megabyte);
      try (OutputStream out = Files.newOutputStream(video)) {
        for (int i = 0; i < megabytes; i++) {
          out.write(megabyte);
        }
      }
      VideoStore store =
          VideoStores.of(
              StorageSettings.from(Map.of("GCS_BUCKET", "videos", "STORAGE_EMULATOR_HOST", url)),
              Clock.SYSTEM);
      long pid = ProcessHandle.current().pid();
      for (int i = 0; i < times; i++) {
        long start = System.nanoTime();
        Stored stored =
            store.store(
                "bench-" + pid + "-" + i, video, "a.mp4", new Target.None(), UploadListener.NONE);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (!(stored instanceof Stored.Uploaded)) {
          throw new IllegalStateException(stored.toString());
        }
        System.out.printf(
            "{\"megabytes\":%d,\"ms\":%d,\"peak_heap_mb\":%.1f,\"max_heap_mb\":%d}%n",
            megabytes,
            took.toMillis(),
            peakHeap() / 1e6,
            Runtime.getRuntime().maxMemory() / 1_000_000);
      }
    } finally {
      Files.delete(video);
    }
  }

  private static long peakHeap() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        bytes += pool.getPeakUsage().getUsed();
      }
    }
    return bytes;
  }
}
