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

  ModelFile with(RemoteFile remote) {
    return new ModelFile(
        path, OptionalLong.of(remote.size()), sha256.or(remote::sha256), url, licence, purpose);
  }
}
