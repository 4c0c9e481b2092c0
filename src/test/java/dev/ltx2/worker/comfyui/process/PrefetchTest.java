package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PrefetchTest {
  private static final long ENOUGH = 1L << 50;

  @TempDir private Path dir;

  /** On the disk and not in memory any more, where this machine has the tool for it. */
  private Path cold(String name, int megabytes) throws IOException, InterruptedException {
    Path file = dir.resolve(name);
    byte[] megabyte = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < megabytes; i++) {
        out.write(megabyte);
      }
    }
    Process dd =
        new ProcessBuilder(
                "sh",
                "-c",
                "sync '%1$s'; dd of='%1$s' oflag=nocache conv=notrunc,fdatasync count=0"
                    .formatted(file))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    dd.waitFor(20, TimeUnit.SECONDS);
    return file;
  }

  private static boolean inMemory(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(MapMode.READ_ONLY, 0, Files.size(file)).isLoaded();
    }
  }

  @Test
  void filesAreInMemoryWhenItHasEnded() throws Exception {
    Path first = cold("first.safetensors", 70);
    Path second = cold("second.safetensors", 5);
    Assumptions.assumeFalse(inMemory(first), "this file system keeps what is dropped");
    Prefetch prefetch = Prefetch.start(List.of(first, second), () -> ENOUGH, 0, Clock.SYSTEM);
    prefetch.await();
    assertThat(inMemory(first)).isTrue();
    assertThat(inMemory(second)).isTrue();
    assertThat(prefetch.given()).isEqualTo(75L << 20);
    assertThat(prefetch.bytes()).isPositive();
  }

  @Test
  void whatIsInMemoryIsNotReadAgain() throws Exception {
    Path file = dir.resolve("warm.safetensors");
    Files.write(file, new byte[40 << 20]);
    Prefetch prefetch = Prefetch.start(List.of(file), () -> ENOUGH, 0, Clock.SYSTEM);
    prefetch.await();
    assertThat(prefetch.bytes()).isZero();
  }

  /** What is read first would go for what is read last. */
  @Test
  void endsWhereTheMemoryDoes() throws Exception {
    Path file = cold("large.safetensors", 200);
    Assumptions.assumeFalse(inMemory(file), "this file system keeps what is dropped");
    Prefetch prefetch = Prefetch.start(List.of(file), () -> 120L << 20, 20L << 20, Clock.SYSTEM);
    prefetch.await();
    assertThat(prefetch.given()).isEqualTo(96L << 20);
  }

  @Test
  void endsWhenTheMemoryIsTakenByOthers() throws Exception {
    Path file = cold("large.safetensors", 400);
    Assumptions.assumeFalse(inMemory(file), "this file system keeps what is dropped");
    AtomicLong looks = new AtomicLong();
    Prefetch prefetch =
        Prefetch.start(
            List.of(file), () -> looks.incrementAndGet() > 8 ? 0 : ENOUGH, 0, Clock.SYSTEM);
    prefetch.await();
    assertThat(prefetch.bytes()).isLessThanOrEqualTo((8L * 32) << 20);
  }

  @Test
  void stopsAtOnce() throws Exception {
    Path file = cold("large.safetensors", 300);
    Prefetch prefetch =
        Prefetch.start(
            List.of(file),
            () -> {
              Thread.onSpinWait();
              return ENOUGH;
            },
            0,
            Clock.SYSTEM);
    prefetch.stop("a job needs the disk");
    prefetch.await();
    prefetch.close();
    assertThat(prefetch.bytes()).isLessThan(300L << 20);
  }

  @Test
  void aFileThatIsGoneEndsIt() throws Exception {
    Prefetch prefetch = Prefetch.start(List.of(dir.resolve("gone")), () -> ENOUGH, 0, Clock.SYSTEM);
    prefetch.await();
    assertThat(prefetch.bytes()).isZero();
  }
}
