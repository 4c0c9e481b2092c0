package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The output folder of a run: created before the GPU is used, and deleted again if it stays empty.
 */
final class OutputFolder implements AutoCloseable {
  private final Path path;

  /** The folders created for it, the deepest first. */
  private final List<Path> made;

  private OutputFolder(Path path, List<Path> made) {
    this.path = path;
    this.made = made;
  }

  static OutputFolder open(Path path) throws CommandFailure {
    List<Path> missing = new ArrayList<>();
    for (@Nullable Path at = path.toAbsolutePath().normalize();
        at != null && Files.notExists(at);
        at = at.getParent()) {
      missing.add(at);
    }
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw CommandFailure.usage(
          "The output folder " + path + " cannot be made: " + IoErrors.of(e), e);
    }
    if (!Files.isWritable(path)) {
      throw CommandFailure.usage(
          "The output folder " + path + " cannot be written to: permission denied", null);
    }
    return new OutputFolder(path, missing);
  }

  Path path() {
    return path;
  }

  /** Writes a file. Creates the folder again if another run that stayed empty deleted it. */
  void write(String name, byte[] content) throws IOException {
    Files.createDirectories(path);
    Files.write(path.resolve(name), content);
  }

  @Override
  public void close() {
    for (Path folder : made) {
      try {
        Files.delete(folder);
      } catch (IOException e) {
        return; // it has something in it
      }
    }
  }
}
