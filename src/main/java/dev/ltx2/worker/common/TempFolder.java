package dev.ltx2.worker.common;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder of temporary files; closing it deletes everything. */
public final class TempFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TempFolder.class);

  private final Path folder;
  private boolean released;

  private TempFolder(Path folder) {
    this.folder = folder;
  }

  /** The system's temporary folder, in which all of them are. */
  public static Path root() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Makes one in {@link #root()}. */
  public static TempFolder create() throws IOException {
    return new TempFolder(Files.createTempDirectory(root(), "ltx2-job-"));
  }

  /** A folder inside, made on first use. */
  public Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  /** From now on {@link #close} leaves the files, and somebody else calls {@link #delete}. */
  public void release() {
    released = true;
  }

  @Override
  public void close() {
    if (!released) {
      delete();
    }
  }

  /**
   * Deletes as much as can be deleted and logs the rest: an exception would hide the reason why the
   * job failed.
   */
  public void delete() {
    try {
      Files.walkFileTree(folder, new TreeDeletion());
    } catch (IOException e) {
      LOG.warn("Cannot delete the temporary folder {}: {}", folder, IoErrors.of(e));
    }
  }

  private static final class TreeDeletion extends SimpleFileVisitor<Path> {
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
        LOG.warn("Cannot delete the temporary file {}: {}", path, IoErrors.of(e));
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
