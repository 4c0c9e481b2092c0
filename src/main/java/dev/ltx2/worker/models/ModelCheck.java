package dev.ltx2.worker.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Whether the files of a list are there, whole and right. */
public final class ModelCheck {
  /** What is known of a file. */
  public enum State {
    /** Size and SHA-256 are those of the list. */
    GOOD("good"),
    /** As far as was looked: the list lacks a size or hash, or hashing was not asked for. */
    UNVERIFIED("there, not verified"),
    MISSING("missing"),
    TRUNCATED("truncated"),
    WRONG_SIZE("too long"),
    CORRUPT("corrupt");

    private final String text;

    State(String text) {
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

  /** One file's state. */
  public record Finding(ModelFile file, State state, Optional<Path> where, String detail) {
    @Override
    public String toString() {
      return file.path() + ": " + state + (detail.isEmpty() ? "" : ", " + detail);
    }
  }

  private static final int BUFFER = 1 << 20;

  private ModelCheck() {}

  /**
   * Checks every file.
   *
   * @param hash whether files are read whole; 50 GB take minutes
   */
  public static List<Finding> check(ModelList list, ModelFolders folders, boolean hash)
      throws IOException {
    List<Finding> findings = new ArrayList<>();
    for (ModelFile file : list.files()) {
      Optional<Path> where = folders.find(file);
      findings.add(
          where.isPresent()
              ? check(file, where.get(), hash, _ -> {})
              : new Finding(file, State.MISSING, where, ""));
    }
    return findings;
  }

  /**
   * Checks one file.
   *
   * @param progress is told the bytes hashed since it was told last
   */
  static Finding check(ModelFile file, Path path, boolean hash, LongConsumer progress)
      throws IOException {
    Optional<Path> where = Optional.of(path);
    long size = Files.size(path);
    if (file.size().isPresent() && size != file.size().getAsLong()) {
      long expected = file.size().getAsLong();
      State state = size < expected ? State.TRUNCATED : State.WRONG_SIZE;
      return new Finding(file, state, where, size + " bytes instead of " + expected);
    }
    if (hash && file.sha256().isPresent()) {
      String sha = sha256(path, progress);
      return sha.equals(file.sha256().get())
          ? new Finding(file, State.GOOD, where, "")
          : new Finding(file, State.CORRUPT, where, "its SHA-256 is " + sha);
    }
    String lacking =
        file.size().isEmpty()
            ? "its size is not in the list, see models lock"
            : file.sha256().isEmpty()
                ? "its SHA-256 is not in the list, see models lock"
                : "size is right, not hashed";
    return new Finding(file, State.UNVERIFIED, where, lacking);
  }

  private static String sha256(Path path, LongConsumer progress) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        progress.accept(n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
