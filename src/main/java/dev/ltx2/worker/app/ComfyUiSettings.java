package dev.ltx2.worker.app;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where ComfyUI is, or how to start it.
 *
 * @param url one that runs
 * @param dir a checkout to start; empty where {@code url} is given
 * @param python the interpreter that runs it
 * @param args further arguments, as a shell would split them
 * @param startTimeout it may take to answer after its start
 * @param prefetch whether model files are read into memory while it starts
 */
public record ComfyUiSettings(
    Optional<URI> url,
    Optional<Path> dir,
    String python,
    String args,
    Duration startTimeout,
    boolean prefetch) {
  static ComfyUiSettings read(Env env) {
    ComfyUiSettings settings =
        new ComfyUiSettings(
            env.url("COMFYUI_URL", "a running ComfyUI to use"),
            env.path("COMFYUI_DIR", "a ComfyUI checkout for the worker to start and supervise"),
            env.text("COMFYUI_PYTHON", "python3", "the Python that runs it"),
            env.text("COMFYUI_ARGS", "", "further arguments for it"),
            env.seconds(
                "COMFYUI_START_TIMEOUT", 300, 1, 7200, "seconds it may take to answer after start"),
            env.flag(
                "PREFETCH",
                true,
                "whether the model files are read into memory while ComfyUI starts"));
    if (settings.url.isPresent() && settings.dir.isPresent()) {
      env.fault("COMFYUI_URL and COMFYUI_DIR exclude each other: set one of them");
    }
    return settings;
  }

  /** Another one, of the command line: it wins over what the environment names. */
  ComfyUiSettings at(URI other) {
    return new ComfyUiSettings(
        Optional.of(other), Optional.empty(), python, args, startTimeout, prefetch);
  }

  /** Whether there is one at all. */
  public boolean given() {
    return url.isPresent() || dir.isPresent();
  }
}
