package dev.ltx2.worker.models;

import dev.ltx2.worker.common.HttpUrls;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * models.txt: one file a line, as {@code path | size | sha256 | url | licence | purpose}, with
 * {@code ?} for a size or SHA-256 that is not known yet. Lines that are empty or start with {@code
 * #} are kept as they are.
 */
public final class ModelList {
  private static final String SEPARATOR = " | ";
  private static final String UNKNOWN = "?";

  private final List<String> lines;

  /** The file of each line, null for the lines without one. */
  private final List<ModelFile> files;

  private ModelList(List<String> lines, List<ModelFile> files) {
    this.lines = lines;
    this.files = files;
  }

  /** Reads a list; every fault is named with its line. */
  public static ModelList read(Path path) throws ModelsException {
    try {
      ModelList list = parse(path.getFileName().toString(), Files.readAllLines(path));
      if (list.files().isEmpty()) {
        throw new ModelsException("the list of models " + path + " names no file");
      }
      return list;
    } catch (IOException e) {
      throw new ModelsException(
          "the list of models " + path + " cannot be read: " + IoErrors.of(e), e);
    }
  }

  static ModelList parse(String name, List<String> lines) throws ModelsException {
    List<ModelFile> files = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        files.add(null);
        continue;
      }
      try {
        ModelFile file = parse(line);
        if (!paths.add(file.path())) {
          throw new IllegalArgumentException(file.path() + " is listed twice");
        }
        files.add(file);
      } catch (IllegalArgumentException e) {
        faults.add(name + " line " + (i + 1) + ": " + e.getMessage());
      }
    }
    if (!faults.isEmpty()) {
      throw new ModelsException(String.join("; ", faults));
    }
    return new ModelList(List.copyOf(lines), Collections.unmodifiableList(files));
  }

  private static ModelFile parse(String line) {
    String[] parts = line.split("\\|", -1);
    require(parts.length == 6, "expected path | size | sha256 | url | licence | purpose");
    for (int i = 0; i < parts.length; i++) {
      parts[i] = parts[i].strip();
      require(!parts[i].isEmpty(), "part " + (i + 1) + " of 6 is empty; write ? for not known");
    }
    // A path of the list is joined to the models folder and must not lead out of it.
    require(
        parts[0].matches("[\\w][\\w.-]*(/[\\w][\\w.-]*)+"),
        "the path must be folder/name of letters, digits, '.', '_' and '-'");
    require(
        parts[1].equals(UNKNOWN) || parts[1].matches("[1-9]\\d{0,14}"),
        "the size must be a number of bytes or ?");
    require(
        parts[2].equals(UNKNOWN) || parts[2].matches("[0-9a-f]{64}"),
        "the SHA-256 must be 64 lower-case hex digits or ?");
    URI url =
        HttpUrls.parse(parts[3])
            .orElseThrow(
                () -> new IllegalArgumentException("the URL must start with https:// or http://"));
    return new ModelFile(
        parts[0],
        parts[1].equals(UNKNOWN) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(parts[1])),
        Optional.of(parts[2]).filter(sha -> !sha.equals(UNKNOWN)),
        url,
        parts[4],
        parts[5]);
  }

  private static void require(boolean condition, String fault) {
    if (!condition) {
      throw new IllegalArgumentException(fault);
    }
  }

  /** Every file, in the list's order. */
  public List<ModelFile> files() {
    return files.stream().filter(file -> file != null).toList();
  }

  /**
   * The list of these files alone.
   *
   * @param paths as the list has them
   * @param what needs them, for the message
   * @throws ModelsException naming those that the list does not have
   */
  public ModelList only(Collection<String> paths, String what) throws ModelsException {
    Set<String> unknown = new TreeSet<>(paths);
    files().forEach(file -> unknown.remove(file.path()));
    if (!unknown.isEmpty()) {
      throw new ModelsException(
          "the list of models lacks %s, which %s needs"
              .formatted(String.join(", ", unknown), what));
    }
    return of(files().stream().filter(file -> paths.contains(file.path())).toList());
  }

  /** The list with the files of another hub, such as a mirror of one's own. */
  public ModelList on(URI hub) {
    return of(files().stream().map(file -> file.on(hub)).toList());
  }

  private static ModelList of(List<ModelFile> files) {
    return new ModelList(files.stream().map(ModelList::line).toList(), files);
  }

  /** The same list with sizes and hashes of {@code known} written in, comments untouched. */
  ModelList with(List<ModelFile> known) {
    var byPath = known.stream().collect(Collectors.toMap(ModelFile::path, file -> file));
    List<String> newLines = new ArrayList<>(lines);
    List<ModelFile> newFiles = new ArrayList<>(files);
    for (int i = 0; i < files.size(); i++) {
      ModelFile file = files.get(i);
      if (file != null && byPath.containsKey(file.path())) {
        newFiles.set(i, byPath.get(file.path()));
        newLines.set(i, line(byPath.get(file.path())));
      }
    }
    return new ModelList(List.copyOf(newLines), Collections.unmodifiableList(newFiles));
  }

  private static String line(ModelFile file) {
    return String.join(
        SEPARATOR,
        file.path(),
        file.size().isPresent() ? Long.toString(file.size().getAsLong()) : UNKNOWN,
        file.sha256().orElse(UNKNOWN),
        file.url().toString(),
        file.licence(),
        file.purpose());
  }

  /** The list as its file has it. */
  String text() {
    return String.join("\n", lines) + "\n";
  }
}
