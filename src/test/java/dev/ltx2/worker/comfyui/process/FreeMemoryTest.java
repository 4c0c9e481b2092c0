package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as kernels write them, below a folder that stands for the root. */
class FreeMemoryTest {
  private static final long GB = 1_000_000_000;

  @TempDir private Path root;

  @BeforeEach
  void machine() throws IOException {
    write("proc/meminfo", "MemTotal: 1000000000 kB\nMemFree: 1 kB\nMemAvailable: 500000000 kB\n");
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void ofTheMachine() {
    assertThat(FreeMemory.of(root).bytes()).isEqualTo(512_000_000_000L);
  }

  /** Cached files are not used up: they go when the memory is needed. */
  @Test
  void ofAContainer() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    write("sys/fs/cgroup/memory.max", 64 * GB + "\n");
    write("sys/fs/cgroup/memory.current", 40 * GB + "\n");
    write("sys/fs/cgroup/memory.stat", "anon 9\nfile " + 30 * GB + "\nfile_dirty 7\n");
    assertThat(FreeMemory.of(root).bytes()).isEqualTo(54 * GB);
  }

  @Test
  void ofAContainerOfVersionOne() throws IOException {
    write("proc/self/cgroup", "4:memory:/\n");
    write(
        "proc/self/mountinfo", "31 24 0:27 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", 16 * GB + "\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", 10 * GB + "\n");
    write("sys/fs/cgroup/memory/memory.stat", "cache 1\ntotal_cache " + 4 * GB + "\n");
    assertThat(FreeMemory.of(root).bytes()).isEqualTo(10 * GB);
  }

  @Test
  void ofThisMachine() {
    assertThat(FreeMemory.here().bytes()).isBetween(1L << 20, 1L << 50);
  }
}
