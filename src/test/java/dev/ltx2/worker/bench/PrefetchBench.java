package dev.ltx2.worker.bench;

import dev.ltx2.worker.comfyui.process.Prefetch;
import dev.ltx2.worker.common.Clock;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model file that is not in memory: read by one stream, as ComfyUI does, and by the prefetch. */
final class PrefetchBench {
  private static final int MEGABYTES = 256;

  private PrefetchBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    Path file = work.resolve("model.safetensors");
    Files.write(file, new byte[MEGABYTES << 20]);
    List<Double> ratio = new ArrayList<>();
    List<Double> speed = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      drop(file);
      long start = System.nanoTime();
      readOnce(file);
      double single = (System.nanoTime() - start) / 1e6;
      drop(file);
      start = System.nanoTime();
      try (Prefetch prefetch = Prefetch.start(List.of(file), Clock.SYSTEM)) {
        prefetch.await();
      }
      double several = (System.nanoTime() - start) / 1e6;
      ratio.add(several / single);
      speed.add(MEGABYTES * 1.048576 / several * 1000);
    }
    return List.of(
        new Row("prefetch of 256 MB from this disk", "MB/s", speed, ""),
        new Row("prefetch / one stream, this disk", "ratio", ratio, "<= 1"));
  }

  private static void readOnce(Path file) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 17);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** Out of the page cache. */
  private static void drop(Path file) throws Exception {
    String command =
        "sync '%1$s'; dd of='%1$s' oflag=nocache conv=notrunc,fdatasync count=0".formatted(file);
    new ProcessBuilder("sh", "-c", command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
