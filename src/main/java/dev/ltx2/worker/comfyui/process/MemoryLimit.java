package dev.ltx2.worker.comfyui.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the container of this process may use, as its control groups say: the least of
 * its own group's limit and those above it, as far as they can be seen from here.
 *
 * @param bytes the limit; empty where there is none, or none below the machine's memory
 * @param machine bytes of the machine, which is what programs see that do not ask
 */
public record MemoryLimit(OptionalLong bytes, long machine) {
  /** Of this process. */
  public static MemoryLimit here() {
    return of(Path.of("/"));
  }

  /** As the files below {@code root} tell, which stands for {@code /}. */
  static MemoryLimit of(Path root) {
    long machine = machine(root);
    long least =
        groups(root).stream()
            .flatMapToLong(folder -> limits(folder).stream().mapToLong(Long::longValue))
            .min()
            .orElse(Long.MAX_VALUE);
    return new MemoryLimit(
        least < machine ? OptionalLong.of(least) : OptionalLong.empty(), machine);
  }

  /** Bytes of the machine's memory that are in use now, cached files not among them. */
  public static long inUse() {
    MemoryLimit here = here();
    return Math.max(0, here.machine - FreeMemory.ofMachine(Path.of("/")));
  }

  /** For people: the limit and what it is a part of. */
  public String shown() {
    return bytes.isEmpty()
        ? "no limit below the machine's memory"
        : String.format(
            Locale.ROOT,
            "%.1f GB of the machine's %.1f GB",
            bytes.getAsLong() / 1e9,
            machine / 1e9);
  }

  private static long machine(Path root) {
    return lines(root.resolve("proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> line.replaceAll("\\D", ""))
        .filter(digits -> !digits.isEmpty())
        .mapToLong(digits -> Long.parseLong(digits) << 10)
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  /** The folders of the group and of all above it, in version 1's hierarchy and in version 2's. */
  static List<Path> groups(Path root) {
    List<Path> folders = new ArrayList<>();
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // hierarchy:controllers:path; version 2 has hierarchy 0 and names no controller
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      boolean second = parts[0].equals("0") && parts[1].isEmpty();
      if (second || Arrays.asList(parts[1].split(",")).contains("memory")) {
        mounts(root, second).forEach(mount -> folders.addAll(upwards(root, mount, parts[2])));
      }
    }
    return folders;
  }

  /** Where a hierarchy is mounted, and which of its groups is to be seen there. */
  private record Mount(String group, String point) {}

  private static List<Mount> mounts(Path root, boolean second) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : lines(root.resolve("proc/self/mountinfo"))) {
      // id parent device group point options … - type source more
      List<String> words = Arrays.asList(line.split(" "));
      int end = words.indexOf("-");
      if (end < 6 || words.size() < end + 4) {
        continue;
      }
      String type = words.get(end + 1);
      boolean memory = Arrays.asList(words.get(end + 3).split(",")).contains("memory");
      if (second ? type.equals("cgroup2") : type.equals("cgroup") && memory) {
        mounts.add(new Mount(words.get(3), words.get(4)));
      }
    }
    return mounts;
  }

  private static List<Path> upwards(Path root, Mount mount, String group) {
    Path top = root.resolve(mount.point().substring(1)).normalize();
    // Without a namespace of its own a container sees its path on the host, and its group as root.
    String below = group.startsWith(mount.group()) ? group.substring(mount.group().length()) : "";
    Path folder = top.resolve(below.replaceFirst("^/+", "")).normalize();
    List<Path> folders = new ArrayList<>();
    @Nullable Path at = folder.startsWith(top) ? folder : top;
    while (at != null && at.startsWith(top)) {
      folders.add(at);
      at = at.getParent();
    }
    return folders;
  }

  static List<Long> limits(Path folder) {
    List<Long> limits = new ArrayList<>();
    for (String file : List.of("memory.max", "memory.limit_in_bytes")) {
      lines(folder.resolve(file)).forEach(line -> number(line, limits));
    }
    for (String line : lines(folder.resolve("memory.stat"))) {
      if (line.startsWith("hierarchical_memory_limit ")) {
        number(line.substring(line.indexOf(' ')), limits);
      }
    }
    return limits;
  }

  /** Adds it unless it is "max". */
  private static void number(String text, List<Long> numbers) {
    String digits = text.strip();
    if (digits.matches("\\d{1,18}")) {
      numbers.add(Long.parseLong(digits));
    }
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      // No such file: this machine has another version, or none.
      return List.of();
    }
  }
}
