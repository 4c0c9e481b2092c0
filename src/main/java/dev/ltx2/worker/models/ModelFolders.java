package dev.ltx2.worker.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where models may lie. Nothing is linked or copied: ComfyUI gets the same folders in the same
 * order as extra model paths.
 *
 * @param volume laid out as ComfyUI's {@code models}; the first place
 * @param own ComfyUI's {@code models} itself; the second
 * @param cache the platform's model cache, laid out as the hub's client does it; the last
 */
public record ModelFolders(Path volume, Path own, Path cache) {
  private static final List<String> KINDS =
      List.of(
          "checkpoints",
          "diffusion_models",
          "latent_upscale_models",
          "loras",
          "text_encoders",
          "vae");

  /** Of those, what repositories have in their root. */
  private static final List<String> IN_ROOT =
      List.of("checkpoints", "latent_upscale_models", "loras");

  /** Where a repository made for ComfyUI has its files, in folders named as ComfyUI's. */
  private static final String SPLIT = "split_files";

  /** Repository, and the file's path in it. */
  private static final Pattern HUB_PATH =
      Pattern.compile(".*/([\\w.-]+)/([\\w.-]+)/resolve/[^/]+/(.+)");

  /**
   * A worker's folders.
   *
   * @param volume where the platform mounts the network volume, with its model cache
   */
  public static ModelFolders of(Path volume, Path comfyUi) {
    return new ModelFolders(
        volume.resolve("models"),
        comfyUi.resolve("models"),
        volume.resolve("huggingface-cache").resolve("hub"));
  }

  /** The first place that has the file, whatever its size. */
  public Optional<Path> find(ModelFile file) throws IOException {
    for (Path folder : List.of(volume, own)) {
      Path path = folder.resolve(file.path());
      if (Files.isRegularFile(path)) {
        return Optional.of(path);
      }
    }
    return inCache(file);
  }

  /** Where {@link #find} looks, for a person whose files are somewhere else. */
  public String searched() {
    return Stream.of(volume, own, cache)
        .distinct()
        .map(folder -> folder + (Files.isDirectory(folder) ? "" : " (no such folder)"))
        .collect(Collectors.joining(", ", "searched: ", ""));
  }

  /**
   * The folder that {@code pull} fills unless told otherwise; empty where neither a volume nor
   * ComfyUI is: making one would pass for a mounted volume.
   */
  public Optional<Path> target() {
    return Stream.of(volume, own).filter(ModelFolders::mayBeMade).findFirst();
  }

  private static boolean mayBeMade(Path folder) {
    return folder.getParent() != null && Files.isDirectory(folder.getParent());
  }

  private Optional<Path> inCache(ModelFile file) throws IOException {
    Matcher hub = HUB_PATH.matcher(file.url().getPath());
    if (!hub.matches()
        || !List.of(file.name(), file.path(), SPLIT + "/" + file.path()).contains(hub.group(3))) {
      return Optional.empty();
    }
    Path repository = cache.resolve("models--" + hub.group(1) + "--" + hub.group(2));
    return folders(repository.resolve("snapshots")).stream()
        .map(snapshot -> snapshot.resolve(hub.group(3)))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static List<Path> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> each = Files.list(parent)) {
      return each.filter(Files::isDirectory).sorted().toList();
    }
  }

  /**
   * The file for ComfyUI's {@code --extra-model-paths-config}, whose YAML may be JSON: everything
   * but its own folder. Empty without a volume and a cache.
   */
  public ObjectNode extraModelPaths() throws IOException {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    if (mayBeMade(volume)) {
      // Otherwise ComfyUI's own folder would come first.
      ObjectNode paths = section(extra, volume).put("is_default", true);
      TreeSet<String> kinds = new TreeSet<>(KINDS);
      folders(volume).forEach(kind -> kinds.add(kind.getFileName().toString()));
      kinds.remove("custom_nodes");
      kinds.forEach(kind -> paths.put(kind, kind));
    }
    for (Path repository : folders(cache)) {
      for (Path snapshot : folders(repository.resolve("snapshots"))) {
        ObjectNode paths = section(extra, snapshot);
        IN_ROOT.forEach(kind -> paths.put(kind, "."));
        for (Path kind : folders(snapshot)) {
          if (KINDS.contains(kind.getFileName().toString())) {
            also(paths, kind, "");
          }
        }
        for (Path kind : folders(snapshot.resolve(SPLIT))) {
          also(paths, kind, SPLIT + "/");
        }
      }
    }
    return extra;
  }

  private static void also(ObjectNode paths, Path kind, String parent) {
    String name = kind.getFileName().toString();
    String before = paths.has(name) ? paths.get(name).asText() + "\n" : "";
    paths.put(name, before + parent + name);
  }

  private static ObjectNode section(ObjectNode extra, Path base) {
    return extra.putObject("folder" + (extra.size() + 1)).put("base_path", base.toString());
  }
}
