package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.Digests;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Names from outside as one segment of a path or of an object name. */
public final class SafeName {
  /**
   * File systems take 255 bytes; this leaves room for the suffixes of temporary files and notes.
   */
  private static final int MAX_LENGTH = 200;

  private static final String PLAIN =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

  private SafeName() {}

  /**
   * The job id as one path segment: usual ids (a UUID, {@code sync-…}, {@code local_test}) stay as
   * they are, everything else is percent-encoded, so that two ids never share a folder.
   */
  public static String ofJob(String jobId) {
    StringBuilder name = new StringBuilder();
    for (byte b : jobId.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean leadingDot = c == '.' && name.isEmpty();
      boolean plain = PLAIN.indexOf(c) >= 0 && !leadingDot;
      if (plain) {
        name.append(c);
      } else {
        name.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    if (name.isEmpty()) {
      return "%"; // never the encoding of another id
    }
    return name.length() <= MAX_LENGTH
        ? name.toString()
        : name.substring(0, 100) + "%." + Digests.sha256(jobId);
  }

  /**
   * A file name that the worker itself has made; returned as it is.
   *
   * @throws IllegalArgumentException when it would lead out of its folder
   */
  public static String ofFile(String fileName) {
    if (fileName.isEmpty()
        || fileName.startsWith(".")
        || fileName.length() > MAX_LENGTH
        || fileName.chars().anyMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c))) {
      throw new IllegalArgumentException("Not a plain file name: " + SafeName.ofJob(fileName));
    }
    return fileName;
  }
}
