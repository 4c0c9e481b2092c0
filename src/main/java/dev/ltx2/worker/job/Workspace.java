package dev.ltx2.worker.job;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder of temporary files; closing it deletes everything. */
public final class Workspace implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Workspace.class);

  private final Path folder;
  private boolean released;

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

  /** From now on {@link #close} leaves the files, and somebody else calls {@link #delete}. */
  void release() {
    released = true;
  }

  @Override
  public void close() {
    if (!released) {
      delete();
    }
  }

  /**
   * Deletes as much as can be deleted. What cannot is logged, not thrown: an exception would stand
   * in the place of the reason why the job failed.
   */
  void delete() {
    try {
      Files.walkFileTree(folder, new Deleter());
    } catch (IOException e) {
      LOG.warn("Cannot delete the temporary folder {}: {}", folder, e.toString());
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      return delete(file);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return delete(file);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
      return delete(directory);
    }

    private static FileVisitResult delete(Path path) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        LOG.warn("Cannot delete the temporary file {}: {}", path, e.toString());
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
