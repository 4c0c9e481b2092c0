package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pull as lines of the log: one at every twentieth, or after ten seconds in which bytes came. */
final class PullLog implements PullListener {
  private static final Logger LOG = LoggerFactory.getLogger(PullLog.class);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final int PARTS = 20;

  private final long total;
  private final Set<String> wanted;
  private final Clock time;
  private final long start;
  private final Set<String> begun = new HashSet<>();
  private long have;
  private long came;
  private long said;
  private long part;

  PullLog(List<ModelFile> missing, Path target, Clock time) {
    total = Math.max(1, ModelSupply.bytes(missing));
    wanted = missing.stream().map(ModelFile::path).collect(Collectors.toSet());
    this.time = time;
    start = time.nanos();
    said = start;
    LOG.info("Fetching {} model files, {}, into {}", wanted.size(), gigabytes(total), target);
  }

  @Override
  public synchronized void started(ModelFile file, long done, long size) {
    if (begun.add(file.path())) {
      have += done;
    }
  }

  @Override
  public synchronized void fetched(ModelFile file, long bytes) {
    have += bytes;
    came += Math.max(0, bytes);
    long now = PARTS * have / total;
    if (now > part || time.since(said).compareTo(PAUSE) >= 0) {
      part = Math.max(part, now);
      said = time.nanos();
      say();
    }
  }

  private void say() {
    double seconds = Math.max(0.001, time.since(start).toMillis() / 1000.0);
    double rate = came / seconds;
    String left = rate > 0 ? "%.0f s".formatted(Math.max(0, total - have) / rate) : "unknown";
    LOG.info(
        "Fetching models: {} %, {} of {} at {} MB/s, time left {}",
        100 * have / total,
        gigabytes(have),
        gigabytes(total),
        String.format(Locale.ROOT, "%.0f", rate / 1e6),
        left);
  }

  /**
   * Also told of files that were there before: another worker on the volume may have been first.
   */
  @Override
  public synchronized void finished(ModelFile file) {
    if (wanted.contains(file.path()) && begun.add(file.path())) {
      have += file.size().orElse(0);
    }
  }

  @Override
  public void verifying(ModelFile file) {
    LOG.info("Verifying {}", file.path());
  }

  synchronized void done() {
    LOG.info(
        "All models are there after {} s; this worker fetched {}",
        String.format(Locale.ROOT, "%.1f", time.since(start).toMillis() / 1000.0),
        gigabytes(came));
  }

  /** Decimal gigabytes with one digit, as in {@code 50.9 GB}. */
  static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
