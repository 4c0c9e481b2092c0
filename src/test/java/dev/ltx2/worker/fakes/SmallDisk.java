package dev.ltx2.worker.fakes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A real small file system in memory, for what only a full disk shows. */
public record SmallDisk(Path folder) implements AutoCloseable {
  /**
   * Mounts one; where this machine does not let the tests mount anything, the test is skipped with
   * a word on why.
   */
  public static SmallDisk mount(Path folder, int megabytes) throws IOException {
    Files.createDirectories(folder);
    String size = "size=" + megabytes + "m";
    String said = run(List.of("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder.toString()));
    Assumptions.assumeTrue(said.isEmpty(), () -> "no small disk, mounting is not allowed: " + said);
    return new SmallDisk(folder);
  }

  /** Fills it to the last byte. */
  public Path fill() throws IOException {
    Path filler = folder.resolve("filler");
    try (OutputStream out = Files.newOutputStream(filler)) {
      byte[] some = new byte[4096];
      while (true) {
        out.write(some);
      }
    } catch (IOException e) {
      return filler; // full now
    }
  }

  @Override
  public void close() {
    run(List.of("umount", "-l", folder.toString()));
  }

  /** What it complained about. */
  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.onExit().join().exitValue() == 0
          ? ""
          : said.isBlank() ? "no reason given" : said.strip();
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
