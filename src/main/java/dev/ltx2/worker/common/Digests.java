package dev.ltx2.worker.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** Digests of texts and files: SHA-256 as 64 hexadecimal digits in lower case. */
public final class Digests {
  private static final int BUFFER = 1 << 20;

  private Digests() {}

  /** Of the text in UTF-8. */
  public static String sha256(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Of a file, read as a stream.
   *
   * @param progress is told the bytes read since it was told last
   */
  public static String sha256(Path file, LongConsumer progress) throws IOException {
    return HexFormat.of().formatHex(read(file, sha256(), progress));
  }

  /** MD5 of a file in base64, as Content-MD5 has it. */
  public static String md5(Path file) throws IOException {
    return Base64.getEncoder().encodeToString(read(file, digest("MD5"), _ -> {}));
  }

  private static byte[] read(Path file, MessageDigest digest, LongConsumer progress)
      throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        progress.accept(n);
      }
    }
    return digest.digest();
  }

  private static MessageDigest sha256() {
    return digest("SHA-256");
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + name, e);
    }
  }
}
