package dev.ltx2.worker.localapi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The page, from the resources beside this class. */
final class PageAssets {
  /**
   * Nothing but what this server itself serves; a video may also lie in a store, or be the answer.
   */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
          + "media-src 'self' blob: data: https:; connect-src 'self'; font-src 'self'; "
          + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,60}\\.[a-z0-9]{2,5}");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "webmanifest", "application/manifest+json");

  private final Map<String, Asset> cache = new ConcurrentHashMap<>();

  /**
   * One file.
   *
   * @param tag of its content, quoted as an ETag is
   */
  record Asset(String type, ByteBuffer content, String tag) {}

  /** The file of that name; {@code /} is its index, {@code /docs} its description of the API. */
  Optional<Asset> find(String path) {
    String name =
        switch (path) {
          case "/" -> "index.html";
          case "/docs" -> "docs.html";
          default -> path.substring(1);
        };
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null || !NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Asset known = cache.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Asset> read = read(name, type);
    read.ifPresent(asset -> cache.put(name, asset));
    return read;
  }

  private static Optional<Asset> read(String name, String type) {
    try (InputStream in = PageAssets.class.getResourceAsStream("page/" + name)) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] content = in.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      String tag = '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
      return Optional.of(new Asset(type, ByteBuffer.wrap(content), tag));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("cannot read the page's " + name, e);
    }
  }
}
