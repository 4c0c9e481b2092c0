package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.runpod.protocol.Endpoints;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that the platform takes in no form, as files for people. Bounded in size: the oldest go
 * first, the newest never.
 */
record RefusedAnswers(Path folder, long maxBytes) {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedAnswers.class);

  /** Most are short; the rest hold a video of up to 15 MB. */
  static final long MAX_BYTES = 500_000_000;

  /** File systems take 255 bytes. */
  private static final int LONGEST_NAME = 200;

  /** Where it now lies. */
  synchronized Path add(String jobId, EncodedAnswer answer) throws IOException {
    Files.createDirectories(folder);
    String id = Endpoints.safe(jobId);
    String name = id.substring(0, Math.min(id.length(), LONGEST_NAME));
    makeRoom(answer.bytes());
    for (int number = 1; ; number++) {
      Path target = folder.resolve(name + (number == 1 ? "" : "~" + number) + ".json");
      if (!Files.exists(target)) {
        Path part = folder.resolve(target.getFileName() + KeptAnswer.PART);
        try (InputStream in = answer.open()) {
          Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
          return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  /** Tidying never fails what it makes room for. */
  private void makeRoom(long coming) {
    try (Stream<Path> files = Files.list(folder)) {
      Comparator<Path> age = Comparator.comparingLong(file -> file.toFile().lastModified());
      List<Path> newest = files.filter(Files::isRegularFile).sorted(age.reversed()).toList();
      long total = coming;
      for (Path file : newest) {
        total += file.toFile().length();
        if (total > maxBytes) {
          LOG.warn("Dropping the refused answer {}: there are too many", file);
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be tidied: {}", folder, e.toString());
    }
  }
}
