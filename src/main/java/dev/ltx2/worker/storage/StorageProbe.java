package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Proves that videos can be stored, by storing something. */
public final class StorageProbe {
  private static final byte[] CONTENT = {'x'};

  private StorageProbe() {}

  /**
   * Checks every precondition in order; what a failed one makes pointless is left out. Takes some
   * seconds where the storage does not answer.
   */
  public static List<StoreCheck> run(StorageSettings settings) {
    return run(settings, UploadTimeouts.PROBE);
  }

  static List<StoreCheck> run(StorageSettings settings, UploadTimeouts patience) {
    List<StoreCheck> checks = new ArrayList<>();
    checks.add(folder("KEEP_DIR", settings.keepDir()));
    settings
        .bucket()
        .ifPresentOrElse(
            bucket -> checks.addAll(bucket.probe(patience)),
            () -> checks.add(folder("OUTPUT_DIR", settings.outputDir())));
    return List.copyOf(checks);
  }

  private static StoreCheck folder(String name, Path folder) {
    String step = "write to " + name + " " + folder;
    List<Path> missing = missing(folder);
    try {
      Files.createDirectories(folder);
      Files.delete(Files.write(Files.createTempFile(folder, ".probe", ""), CONTENT));
      return StoreCheck.good(step);
    } catch (IOException e) {
      return StoreCheck.bad(
          step, IoErrors.of(e) + "; set " + name + " to a folder this user may write to");
    } finally {
      delete(missing);
    }
  }

  /** The folder and those above it that are not there, the deepest first. */
  private static List<Path> missing(Path folder) {
    return Stream.iterate(folder.toAbsolutePath().normalize(), Objects::nonNull, Path::getParent)
        .takeWhile(Files::notExists)
        .toList();
  }

  /** A question leaves nothing behind. */
  private static void delete(List<Path> made) {
    for (Path folder : made) {
      try {
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        return; // somebody has put something into it
      }
    }
  }
}
