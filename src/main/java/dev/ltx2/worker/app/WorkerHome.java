package dev.ltx2.worker.app;

import java.nio.file.Path;

/** The folder the worker lies in, as the launcher or the image say; else the current one. */
public final class WorkerHome {
  private WorkerHome() {}

  /** The list of model files. */
  public static Path modelList() {
    return folder().resolve("models.txt");
  }

  /** The workflows that come with the worker. */
  public static Path workflows() {
    return folder().resolve("workflows");
  }

  private static Path folder() {
    return Path.of(System.getProperty("worker.home", "."));
  }
}
