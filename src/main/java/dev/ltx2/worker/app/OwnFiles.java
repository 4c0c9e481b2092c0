package dev.ltx2.worker.app;

import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.net.AddressException;
import dev.ltx2.worker.net.AddressGuard;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import okhttp3.HttpUrl;

/**
 * The files behind addresses that the local API serves. Where private addresses are not fetched, a
 * private one with {@code /files/} in it can only have been meant for this server: it gets a path
 * where no file is, so that the client hears what is wrong, and not of a setting.
 */
record OwnFiles(FileFolder files, boolean allowPrivate)
    implements Function<String, Optional<Path>> {
  @Override
  public Optional<Path> apply(String address) {
    return files.ofAddress(address).or(() -> isLost(address) ? lost() : Optional.empty());
  }

  private boolean isLost(String address) {
    HttpUrl url = HttpUrl.parse(address);
    return !allowPrivate
        && url != null
        && url.pathSegments().contains("files")
        && (url.host().equals("localhost") || isPrivate(url));
  }

  private static boolean isPrivate(HttpUrl url) {
    try {
      var _ = AddressGuard.of(false).checked(url);
      return false;
    } catch (AddressException e) {
      return true;
    }
  }

  private Optional<Path> lost() {
    return Optional.of(files.reserve("lost"));
  }
}
