package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.job.SizeLimits;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.RequestJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** A request on disk; relative paths in it start from its own folder. */
record RequestFile(Path path) {
  /** Reads its input object. */
  JsonNode input() throws InvalidRequestException, CommandFailure {
    try {
      return RequestJson.read(Files.readAllBytes(path));
    } catch (IOException e) {
      throw CommandFailure.usage(path + " cannot be read: " + IoErrors.of(e), e);
    } catch (OutOfMemoryError e) {
      throw CommandFailure.usage(
          path + " is too large to be read: name its files by path or URL, not by data: URI", e);
    }
  }

  /** A sentence where the platform would not take a request of this length. */
  Optional<String> tooLong() {
    long bytes = path.toFile().length();
    SizeLimits limits = SizeLimits.RUNPOD_REQUESTS;
    return bytes <= limits.usual()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the request has %.1f MB: RunPod's /run takes %d MB, /runsync %d MB, which is %.1f and"
                    + " %.1f MB of files as data: URIs; give URLs instead",
                bytes / 1e6,
                limits.usual() / 1_000_000,
                limits.sync() / 1_000_000,
                limits.usual() * 0.75 / 1e6,
                limits.sync() * 0.75 / 1e6));
  }

  /** Where relative paths start. */
  Path folder() {
    return path.resolveSibling("").toAbsolutePath().normalize();
  }

  /** Its name without the extension, safe as a folder's name: not empty, hidden or {@code ..}. */
  String stem() {
    String stem =
        path.getFileName().toString().replaceFirst("(?i)\\.json$", "").replaceFirst("^\\.+", "");
    return stem.isEmpty() ? "request" : stem;
  }
}
