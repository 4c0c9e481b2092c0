package dev.ltx2.worker.rehearsal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The folders of a ComfyUI, and the rules by which it names files in them. */
public record ComfyUiFolders(Path input, Path output, Path temp) {

  /** A free place in the output folder: the file, its name and its folder relative to output. */
  public record SavedFile(Path file, String name, String subfolder) {}

  static ComfyUiFolders under(Path root) {
    Path base = root.toAbsolutePath().normalize();
    var folders =
        new ComfyUiFolders(base.resolve("input"), base.resolve("output"), base.resolve("temp"));
    try {
      for (Path folder : List.of(folders.input, folders.output, folders.temp)) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The rehearsal cannot create its folders in " + base, e);
    }
    return folders;
  }

  Optional<Path> named(String type) {
    return switch (type) {
      case "input" -> Optional.of(input);
      case "output" -> Optional.of(output);
      case "temp" -> Optional.of(temp);
      default -> Optional.empty();
    };
  }

  /** The file behind a loader's value, {@code a.png} or {@code jobs/a.png [output]}. */
  public Optional<Path> annotated(String value) {
    Path folder = input;
    String name = value;
    for (String type : List.of("input", "output", "temp")) {
      if (value.endsWith("[" + type + "]")) {
        folder = named(type).orElseThrow();
        name = value.substring(0, Math.max(0, value.length() - type.length() - 3));
      }
    }
    return inside(folder, name).filter(Files::exists);
  }

  /** {@code name} in {@code folder}, unless it leads out of it. */
  static Optional<Path> inside(Path folder, String name) {
    try {
      Path path = folder.resolve(name).normalize();
      return path.startsWith(folder) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Names of the files that lie directly in the input folder and have one of these endings. */
  List<String> choices(List<String> endings) {
    try (Stream<Path> files = Files.list(input)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> endings.stream().anyMatch(name.toLowerCase(Locale.ROOT)::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("The rehearsal cannot list " + input, e);
    }
  }

  /**
   * The next free file for a prefix such as {@code jobs/1/video}: one above the greatest number
   * found beside it, so that a deleted last file's number is given again.
   *
   * @param suffix what follows the number: {@code _.mp4} for videos, {@code .flac} for audio
   */
  public SavedFile next(String prefix, String suffix, int width, int height) throws NodeException {
    String filled = prefix.replace("%width%", "" + width).replace("%height%", "" + height);
    Path relative = Path.of(filled).normalize();
    String last = relative.getFileName().toString();
    String name = last.isEmpty() ? "." : last;
    Path parent = relative.getParent();
    String subfolder = parent == null ? "" : parent.toString();
    Path folder =
        inside(output, subfolder)
            .orElseThrow(() ->
                new NodeException(
                    "Exception",
                    "**** ERROR: Saving image outside the output folder is not allowed."
                        + "\n full_output_folder: "
                        + output.resolve(subfolder).normalize()
                        + "\n         output_dir: "
                        + output));
    try {
      Files.createDirectories(folder);
      // ComfyUI takes the prefix's length before it is normalised: after a trailing slash it is 0,
      // no file matches, and the number stays 1.
      int length = filled.length() - filled.lastIndexOf('/') - 1;
      int counter = 1;
      try (Stream<Path> files = Files.list(folder)) {
        counter +=
            files
                .map(file -> file.getFileName().toString())
                .filter(file -> file.length() > length && file.charAt(length) == '_')
                .filter(file -> file.substring(0, length).equals(name))
                .mapToInt(file -> number(file.substring(length + 1)))
                .max()
                .orElse(0);
      }
      String file = "%s_%05d%s".formatted(name, counter, suffix);
      return new SavedFile(folder.resolve(file), file, subfolder);
    } catch (IOException e) {
      throw new NodeException("OSError", "Cannot write to " + folder + ": " + e.getMessage());
    }
  }

  private static int number(String rest) {
    String digits = rest.split("[._]", 2)[0];
    return digits.matches("\\d{1,9}") ? Integer.parseInt(digits) : 0;
  }
}
