package dev.ltx2.worker.models;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One line of models.txt.
 *
 * @param path below the models folder, such as {@code loras/x.safetensors}
 * @param size in bytes, where known
 * @param sha256 64 lower-case hex digits, where known
 */
public record ModelFile(
    String path,
    OptionalLong size,
    Optional<String> sha256,
    URI url,
    String licence,
    String purpose) {

  /** The name a workflow uses. */
  public String name() {
    return Path.of(path).getFileName().toString();
  }

  /** Whether its repository's terms must be accepted before it can be fetched. */
  boolean gated() {
    return licence.endsWith("(gated)");
  }

  /** The page of its repository; its URL where that does not tell one. */
  String page() {
    return page(url.toString());
  }

  /** The page of the repository that a hub's URL is of. */
  static String page(String url) {
    int end = url.indexOf("/resolve/");
    return end < 0 ? url : url.substring(0, end);
  }

  /** The same file on another hub; where the URL is none of a hub, as it is. */
  ModelFile on(URI hub) {
    String path = url.getRawPath();
    if (!path.contains("/resolve/")) {
      return this;
    }
    URI there = URI.create(hub.toString().replaceAll("/+$", "") + path);
    return new ModelFile(this.path, size, sha256, there, licence, purpose);
  }

  ModelFile with(RemoteFile remote) {
    return new ModelFile(
        path, OptionalLong.of(remote.size()), sha256.or(remote::sha256), url, licence, purpose);
  }
}
