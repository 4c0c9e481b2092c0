package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as kernels write them, below a folder that stands for the root. */
class MemoryLimitTest {
  private static final long GB = 1_000_000_000;
  private static final String SECOND =
      "30 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev - cgroup2 cgroup rw,nsdelegate\n";
  private static final String FIRST =
      """
      24 1 0:21 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755
      31 24 0:27 %s /sys/fs/cgroup/memory ro,nosuid master:11 - cgroup cgroup rw,memory
      32 24 0:28 %s /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
      """;

  @TempDir Path root;

  @BeforeEach
  void machine() throws IOException {
    // 1 TB, less what the firmware keeps
    write("proc/meminfo", "MemTotal:       1000000000 kB\nMemFree:         900000000 kB\n");
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private OptionalLong limit() {
    MemoryLimit limit = MemoryLimit.of(root);
    assertThat(limit.machine()).isEqualTo(1_024_000_000_000L);
    return limit.bytes();
  }

  @Test
  void ofAContainerWithANamespaceOfItsOwn() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("proc/self/mountinfo", SECOND);
    write("sys/fs/cgroup/memory.max", 32 * GB + "\n");
    assertThat(limit()).hasValue(32 * GB);
  }

  @Test
  void theLeastOfAllGroupsAbove() throws IOException {
    write("proc/self/cgroup", "0::/system.slice/worker.service/child\n");
    write("proc/self/mountinfo", SECOND);
    write("sys/fs/cgroup/system.slice/memory.max", "max\n");
    write("sys/fs/cgroup/system.slice/worker.service/memory.max", 16 * GB + "\n");
    write("sys/fs/cgroup/system.slice/worker.service/child/memory.max", 64 * GB + "\n");
    write("sys/fs/cgroup/system.slice/other.service/memory.max", "1\n");
    assertThat(limit()).hasValue(16 * GB);
  }

  @Test
  void ofVersionOneByTheContainersPathOnTheHost() throws IOException {
    write("proc/self/cgroup", "11:cpu:/docker/ab\n4:hugetlb,memory:/docker/ab\n0::/docker/ab\n");
    write("proc/self/mountinfo", FIRST.formatted("/docker/ab", "/docker/ab"));
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", 24 * GB + "\n");
    write("sys/fs/cgroup/cpu/memory.limit_in_bytes", "1\n");
    assertThat(limit()).hasValue(24 * GB);
  }

  @Test
  void ofVersionOneByAGroupBelow() throws IOException {
    write("proc/self/cgroup", "4:memory:/a/b\n0::/\n");
    write("proc/self/mountinfo", FIRST.formatted("/", "/"));
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", 20 * GB + "\n");
    write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(limit()).hasValue(20 * GB);
  }

  @Test
  void ofVersionOneByWhatIsOutOfSight() throws IOException {
    write("proc/self/cgroup", "4:memory:/\n");
    write("proc/self/mountinfo", FIRST.formatted("/pods/x", "/"));
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.stat", "cache 1\nhierarchical_memory_limit 12000000000\n");
    assertThat(limit()).hasValue(12 * GB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"max", "9223372036854771712", "2000000000000", "", "-1", "many"})
  void noneBelowTheMachinesMemory(String max) throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("proc/self/mountinfo", SECOND);
    write("sys/fs/cgroup/memory.max", max + "\n");
    assertThat(limit()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0::", "x", "0::/../../etc\n4:memory:/../..", "::::\n1:memory"})
  void noneOfStrangeFiles(String groups) throws IOException {
    assertThat(limit()).isEmpty();
    write("proc/self/cgroup", groups);
    assertThat(limit()).isEmpty();
    write("proc/self/mountinfo", "30 - cgroup2\n\n - \n" + SECOND);
    assertThat(limit()).isEmpty();
  }

  @Test
  void ofThisMachine() {
    assertThat(MemoryLimit.here().machine()).isBetween(1L << 28, 1L << 50);
  }
}
