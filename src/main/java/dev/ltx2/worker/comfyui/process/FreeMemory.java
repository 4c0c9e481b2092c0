package dev.ltx2.worker.comfyui.process;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The memory that this container may still fill: what the machine has left, and what each of its
 * control groups has. Cached files count as left, since they go when the memory is needed.
 */
final class FreeMemory {
  private final Path root;
  private final List<Path> groups;

  private FreeMemory(Path root) {
    this.root = root;
    this.groups = MemoryLimit.groups(root);
  }

  /** Of this process. */
  static FreeMemory here() {
    return of(Path.of("/"));
  }

  /** As the files below {@code root} tell, which stands for {@code /}. */
  static FreeMemory of(Path root) {
    return new FreeMemory(root);
  }

  /** In bytes; the largest number where nothing can be told. */
  long bytes() {
    long least = ofMachine(root);
    for (Path group : groups) {
      List<Long> limits = MemoryLimit.limits(group);
      OptionalLong used = used(group);
      if (!limits.isEmpty() && used.isPresent()) {
        long limit = limits.stream().mapToLong(Long::longValue).min().orElseThrow();
        least = Math.min(least, Math.max(0, limit - used.getAsLong()));
      }
    }
    return least;
  }

  /** Whatever this container's limit is. */
  static long ofMachine(Path root) {
    return number(root.resolve("proc/meminfo"), "MemAvailable:").orElse(Long.MAX_VALUE >> 10) << 10;
  }

  /** What cannot be given back. */
  private static OptionalLong used(Path group) {
    for (String file : List.of("memory.current", "memory.usage_in_bytes")) {
      OptionalLong all =
          MemoryLimit.lines(group.resolve(file)).stream()
              .filter(line -> line.matches("\\d{1,18}"))
              .mapToLong(Long::parseLong)
              .findFirst();
      if (all.isPresent()) {
        Path stat = group.resolve("memory.stat");
        String cached = file.equals("memory.current") ? "file" : "total_cache";
        return OptionalLong.of(Math.max(0, all.getAsLong() - number(stat, cached).orElse(0)));
      }
    }
    return OptionalLong.empty();
  }

  /** The number behind a name at the beginning of a line. */
  private static OptionalLong number(Path file, String name) {
    return MemoryLimit.lines(file).stream()
        .map(line -> line.split("\\s+", -1))
        .filter(words -> words.length > 1 && words[0].equals(name))
        .filter(words -> words[1].matches("\\d{1,18}"))
        .mapToLong(words -> Long.parseLong(words[1]))
        .findFirst();
  }
}
