package dev.ltx2.worker.storage;

import dev.ltx2.worker.storage.client.Bucket;
import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.gcs.GcsBucket;
import dev.ltx2.worker.storage.s3.S3Bucket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where videos go.
 *
 * @param bucket empty: into the answer or {@code keepDir}; on the command line to {@code outputDir}
 * @param outputDir {@code OUTPUT_DIR}
 * @param keepDir {@code KEEP_DIR}: where videos wait that could not be handed over
 * @param allowPrivate whether requests may name places in private networks, as inputs may
 */
public record StorageSettings(
    Optional<Bucket> bucket, Path outputDir, Path keepDir, boolean allowPrivate) {
  private static final Path VOLUME = Path.of("/runpod-volume");

  /**
   * Reads the environment; an empty variable counts as unset.
   *
   * @throws IllegalArgumentException with every fault, one a line, each naming its variable
   */
  public static StorageSettings from(Map<String, String> environment) {
    StoreVariables variables = new StoreVariables(environment);
    Path output = variables.path("OUTPUT_DIR").orElse(Path.of("output"));
    Path keep = variables.path("KEEP_DIR").orElseGet(() -> defaultKeepDir(VOLUME, output));
    Optional<GcsBucket> gcs = GcsBucket.read(variables);
    Optional<S3Bucket> s3 = S3Bucket.read(variables);
    if (gcs.isPresent() && variables.get("S3_BUCKET").isPresent()) {
      variables.fault("Set GCS_BUCKET or S3_BUCKET, not both: a video goes to one bucket");
    }
    if (!variables.faults().isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", variables.faults()));
    }
    boolean allowPrivate =
        variables.get("ALLOW_PRIVATE_INPUTS").filter("true"::equalsIgnoreCase).isPresent();
    return new StorageSettings(
        gcs.<Bucket>map(bucket -> bucket).or(() -> s3), output, keep, allowPrivate);
  }

  /** The bucket for log lines. */
  public Optional<String> shownBucket() {
    return bucket.map(there -> there.uri(there.prefix()));
  }

  /** On the volume where there is one: what is kept elsewhere dies with the machine. */
  static Path defaultKeepDir(Path volume, Path output) {
    Path lasting = volume.resolve("unsent");
    Path beside = output.resolveSibling("unsent");
    if (Files.isDirectory(volume) && canBeMade(lasting)) {
      return lasting;
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
