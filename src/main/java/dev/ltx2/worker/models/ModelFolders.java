package dev.ltx2.worker.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where models may lie. Nothing is linked or copied: ComfyUI gets the same folders as extra model
 * paths.
 *
 * @param roots folders laid out as ComfyUI's {@code models}, the first one wins
 * @param cache the platform's model cache, laid out as the hub's client does it
 */
public record ModelFolders(List<Path> roots, Path cache) {
  /** Network volume, model cache, image. */
  public static final ModelFolders IN_THE_IMAGE =
      new ModelFolders(
          List.of(Path.of("/runpod-volume/models"), Path.of("/comfyui/models")),
          Path.of("/runpod-volume/huggingface-cache/hub"));

  private static final Pattern HUB_PATH =
      Pattern.compile("/([\\w.-]+)/([\\w.-]+)/resolve/[^/]+/(.+)");

  /** The first place that has the file, whatever its size. */
  public Optional<Path> find(ModelFile file) throws IOException {
    for (Path root : roots) {
      Path path = root.resolve(file.path());
      if (Files.isRegularFile(path)) {
        return Optional.of(path);
      }
    }
    return inCache(file);
  }

  /** Where {@link #find} looks, for a person whose files are somewhere else. */
  public String searched() {
    return Stream.concat(roots.stream(), Stream.of(cache))
        .map(folder -> folder + (Files.isDirectory(folder) ? "" : " (no such folder)"))
        .collect(Collectors.joining(", ", "searched: ", ""));
  }

  /**
   * The folder that {@code pull} fills unless told otherwise; empty where neither a volume nor the
   * image is: making one would pass for a mounted volume.
   */
  public Optional<Path> target() {
    return roots.stream()
        .filter(root -> root.getParent() != null && Files.isDirectory(root.getParent()))
        .findFirst();
  }

  private Optional<Path> inCache(ModelFile file) throws IOException {
    Matcher hub = HUB_PATH.matcher(file.url().getPath());
    if (!hub.matches()) {
      return Optional.empty();
    }
    Path snapshots =
        cache.resolve("models--" + hub.group(1) + "--" + hub.group(2)).resolve("snapshots");
    if (!Files.isDirectory(snapshots)) {
      return Optional.empty();
    }
    try (Stream<Path> each = Files.list(snapshots)) {
      return each.sorted()
          .map(snapshot -> snapshot.resolve(hub.group(3)))
          .filter(Files::isRegularFile)
          .findFirst();
    }
  }
}
