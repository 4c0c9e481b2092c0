package dev.ltx2.worker.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The folder the worker lies in, as the launcher or the image say; else the current one. */
public final class WorkerHome {
  private WorkerHome() {}

  /** The list of model files. */
  public static Path modelList() {
    return folder().resolve("models.txt");
  }

  /** The folders of the model sets that come with the worker. */
  public static Path modelSets() {
    return folder().resolve("workflows");
  }

  /** Their names, in order; none where the folder cannot be read. */
  public static List<String> modelSetNames() {
    try (Stream<Path> folders = Files.list(modelSets())) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException _) {
      return List.of();
    }
  }

  private static Path folder() {
    return Path.of(System.getProperty("worker.home", "."));
  }
}
