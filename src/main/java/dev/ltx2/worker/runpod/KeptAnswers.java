package dev.ltx2.worker.runpod;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Answers that a worker could not deliver, in a folder that outlives it and may be shared by
 * several: {@code <job id>.json} each, which one of the next workers claims by renaming it.
 */
record KeptAnswers(Path folder) {
  private static final String SUFFIX = ".json";

  /** File systems take 255 bytes; this leaves room for the name of a claim. */
  private static final int LONGEST_NAME = 200;

  /** Moves an answer here, whole or not at all. */
  Path keep(String jobId, Path file) throws IOException {
    String name = Endpoints.safe(jobId);
    if (name.length() > LONGEST_NAME) {
      throw new IOException("the job's id is too long for a file name");
    }
    Files.createDirectories(folder);
    Path target = folder.resolve(name + SUFFIX);
    Path part = folder.resolve(UUID.randomUUID() + ".part");
    try {
      Files.copy(file, part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
    Files.delete(file);
    return target;
  }

  List<Path> list() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
  }

  static String jobId(Path answer) {
    String name = answer.getFileName().toString();
    return URLDecoder.decode(
        name.substring(0, name.length() - SUFFIX.length()), StandardCharsets.UTF_8);
  }

  /** Moves it into {@code spool}; empty when another worker was faster. */
  static Optional<Path> claim(Path answer, Path spool) throws IOException {
    Path claimed = answer.resolveSibling(answer.getFileName() + "." + UUID.randomUUID());
    try {
      Files.move(answer, claimed, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Path ours = spool.resolve(claimed.getFileName());
    Files.move(claimed, ours);
    return Optional.of(ours);
  }
}
