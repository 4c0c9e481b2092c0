package dev.ltx2.worker.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** A folder of temporary files; closing it deletes everything. */
public final class Workspace implements AutoCloseable {
  private final Path folder;

  private Workspace(Path folder) {
    this.folder = folder;
  }

  /** The system's temporary folder, in which all of them are. */
  public static Path root() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Makes one in {@link #root()}. */
  public static Workspace create() throws IOException {
    return new Workspace(Files.createTempDirectory(root(), "ltx2-job-"));
  }

  /** A folder inside, made on first use. */
  public Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  @Override
  public void close() {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure)
                throws IOException {
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
