package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.HttpUrls;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where videos go.
 *
 * @param bucket of Google Cloud Storage; empty: videos go to {@code outputDir}
 * @param outputDir {@code OUTPUT_DIR}
 * @param keepDir {@code KEEP_DIR}: where videos wait that could not be handed over
 */
public record StorageSettings(Optional<Bucket> bucket, Path outputDir, Path keepDir) {
  /** V4 signatures end after a week at the latest; the default is as long as they can. */
  static final Duration MAX_SIGNED_URL_TTL = Duration.ofDays(7);

  private static final Path VOLUME = Path.of("/runpod-volume");

  /** What {@code video_url} is. */
  public enum UrlKind {
    /** {@code https://storage.googleapis.com/bucket/object}; the bucket must be public. */
    PUBLIC,
    /** A V4 signed URL, for buckets that are not. */
    SIGNED
  }

  /**
   * A bucket and how to reach it.
   *
   * @param prefix of object names, without slashes at its ends; may be empty
   * @param signedUrlTtl 1 s to 7 days
   * @param emulator an emulator's base URL; then there are no credentials
   */
  public record Bucket(
      String name,
      String prefix,
      UrlKind url,
      Duration signedUrlTtl,
      Optional<URI> emulator,
      Credentials credentials) {}

  /** Where the client's identity comes from. */
  public sealed interface Credentials {
    /** The platform's application default credentials. */
    record ApplicationDefault() implements Credentials {}

    /** {@code GOOGLE_APPLICATION_CREDENTIALS}. */
    record File(Path path) implements Credentials {}

    /** {@code GCS_CREDENTIALS_JSON}; its text shows the value nowhere. */
    record Json(String json) implements Credentials {
      @Override
      public String toString() {
        return "Json[…]";
      }
    }
  }

  /**
   * Reads the environment; an empty variable counts as unset.
   *
   * @throws IllegalArgumentException with every fault, one a line, each naming its variable
   */
  public static StorageSettings from(Map<String, String> environment) {
    return new EnvironmentReader(environment).read();
  }

  private static final class EnvironmentReader {
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();

    EnvironmentReader(Map<String, String> environment) {
      this.environment = environment;
    }

    StorageSettings read() {
      Path output = path("OUTPUT_DIR").orElse(Path.of("output"));
      Path keep = path("KEEP_DIR").orElseGet(() -> defaultKeepDir(output));
      // Read in any case: a value that is not understood stops the start, used or not.
      Bucket read = bucket(get("GCS_BUCKET").orElse("no-bucket"));
      Optional<Bucket> bucket = get("GCS_BUCKET").map(_ -> read);
      if (!faults.isEmpty()) {
        throw new IllegalArgumentException(String.join("\n", faults));
      }
      return new StorageSettings(bucket, output, keep);
    }

    /** Faults do not repeat a value: it may be a key in the wrong variable. */
    private Bucket bucket(String name) {
      if (!name.matches("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")) {
        faults.add("GCS_BUCKET must be a bucket's name alone, as in my-videos");
      }
      String prefix = get("GCS_PREFIX").orElse("ugc_media").replaceAll("^/+|/+$", "");
      if (prefix.length() > 500 || prefix.chars().anyMatch(Character::isISOControl)) {
        faults.add("GCS_PREFIX must have at most 500 characters and no control characters");
      }
      Optional<URI> emulator = get("STORAGE_EMULATOR_HOST").map(this::emulator);
      UrlKind url = urlKind();
      if (url == UrlKind.SIGNED && emulator.isPresent()) {
        faults.add(
            "GCS_URL=signed needs credentials, and with STORAGE_EMULATOR_HOST there are none; use"
                + " GCS_URL=public");
      }
      return new Bucket(name, prefix, url, ttl(), emulator, credentials());
    }

    private UrlKind urlKind() {
      String text = get("GCS_URL").orElse("public");
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "public" -> UrlKind.PUBLIC;
        case "signed" -> UrlKind.SIGNED;
        default -> {
          faults.add("GCS_URL must be public or signed");
          yield UrlKind.PUBLIC;
        }
      };
    }

    private Duration ttl() {
      Optional<String> text = get("GCS_SIGNED_URL_TTL");
      long max = MAX_SIGNED_URL_TTL.toSeconds();
      if (text.isEmpty()) {
        return MAX_SIGNED_URL_TTL;
      }
      if (text.get().matches("[0-9]{1,9}")) {
        long seconds = Long.parseLong(text.get());
        if (seconds >= 1 && seconds <= max) {
          return Duration.ofSeconds(seconds);
        }
      }
      faults.add("GCS_SIGNED_URL_TTL must be 1 to " + max + " seconds");
      return MAX_SIGNED_URL_TTL;
    }

    private Credentials credentials() {
      Optional<String> json = get("GCS_CREDENTIALS_JSON");
      Optional<Path> file = path("GOOGLE_APPLICATION_CREDENTIALS");
      if (json.isPresent() && file.isPresent()) {
        faults.add("Set GOOGLE_APPLICATION_CREDENTIALS or GCS_CREDENTIALS_JSON, not both");
      }
      return json.<Credentials>map(Credentials.Json::new)
          .or(() -> file.map(Credentials.File::new))
          .orElseGet(Credentials.ApplicationDefault::new);
    }

    /** Other clients of the emulators take {@code host:port} too. */
    private URI emulator(String text) {
      String url = text.contains("://") ? text : "http://" + text;
      return HttpUrls.parse(url.replaceAll("/+$", ""))
          .orElseGet(() -> {
            faults.add("STORAGE_EMULATOR_HOST must be an http or https URL");
            return URI.create("http://localhost");
          });
    }

    private Optional<Path> path(String name) {
      try {
        return get(name).map(Path::of);
      } catch (InvalidPathException e) {
        faults.add(name + " must be a path");
        return Optional.empty();
      }
    }

    private Optional<String> get(String name) {
      return Optional.ofNullable(environment.get(name))
          .map(String::strip)
          .filter(v -> !v.isEmpty());
    }

    private static Path defaultKeepDir(Path output) {
      Path volume = VOLUME.resolve("unsent");
      Path beside = output.resolveSibling("unsent");
      if (Files.isDirectory(VOLUME) && canBeMade(volume)) {
        return volume;
      }
      return canBeMade(beside)
          ? beside
          : Path.of(System.getProperty("java.io.tmpdir"), "ltx2-unsent");
    }

    private static boolean canBeMade(Path folder) {
      Path there = folder.toAbsolutePath();
      while (there != null && !Files.exists(there)) {
        there = there.getParent();
      }
      return there != null && Files.isDirectory(there) && Files.isWritable(there);
    }
  }
}
