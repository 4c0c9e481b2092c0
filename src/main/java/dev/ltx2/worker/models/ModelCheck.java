package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Whether the files of a list are there, whole and right. */
public final class ModelCheck {
  /** What is known of a file. */
  public enum Condition {
    /** Size and SHA-256 are those of the list. */
    GOOD("good"),
    /** As far as was looked: the list lacks a size or hash, or hashing was not asked for. */
    UNVERIFIED("there, not verified"),
    MISSING("missing"),
    TRUNCATED("truncated"),
    WRONG_SIZE("too long"),
    CORRUPT("corrupt");

    private final String text;

    Condition(String text) {
      this.text = text;
    }

    public boolean usable() {
      return this == GOOD || this == UNVERIFIED;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A file, and what is known of it. */
  public record CheckedFile(
      ModelFile file, Condition condition, Optional<Path> where, String detail) {
    @Override
    public String toString() {
      return file.path() + ": " + condition + (detail.isEmpty() ? "" : ", " + detail);
    }
  }

  private ModelCheck() {}

  /**
   * Checks every file.
   *
   * @param hash whether files are read whole; 50 GB take minutes
   */
  public static List<CheckedFile> check(ModelList list, ModelFolders folders, boolean hash)
      throws IOException {
    List<CheckedFile> files = new ArrayList<>();
    for (ModelFile file : list.files()) {
      Optional<Path> where = folders.find(file);
      files.add(
          where.isPresent()
              ? check(file, where.get(), hash, _ -> {})
              : new CheckedFile(file, Condition.MISSING, where, ""));
    }
    return files;
  }

  /**
   * Checks one file.
   *
   * @param progress is told the bytes hashed since it was told last
   */
  static CheckedFile check(ModelFile file, Path path, boolean hash, LongConsumer progress)
      throws IOException {
    Optional<Path> where = Optional.of(path);
    long size = Files.size(path);
    if (file.size().isPresent() && size != file.size().getAsLong()) {
      long expected = file.size().getAsLong();
      Condition condition = size < expected ? Condition.TRUNCATED : Condition.WRONG_SIZE;
      return new CheckedFile(file, condition, where, size + " bytes instead of " + expected);
    }
    if (hash && file.sha256().isPresent()) {
      String sha = Digests.sha256(path, progress);
      return sha.equals(file.sha256().get())
          ? new CheckedFile(file, Condition.GOOD, where, "")
          : new CheckedFile(file, Condition.CORRUPT, where, "its SHA-256 is " + sha);
    }
    return new CheckedFile(file, Condition.UNVERIFIED, where, lacking(file));
  }

  private static String lacking(ModelFile file) {
    if (file.size().isEmpty()) {
      return "its size is not in the list, see models lock";
    }
    return file.sha256().isEmpty()
        ? "its SHA-256 is not in the list, see models lock"
        : "size is right, not hashed";
  }
}
