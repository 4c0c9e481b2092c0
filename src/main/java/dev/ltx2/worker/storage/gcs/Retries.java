package dev.ltx2.worker.storage.gcs;

import com.google.api.gax.retrying.ResultRetryAlgorithm;
import com.google.api.gax.retrying.TimedAttemptSettings;
import com.google.cloud.storage.StorageRetryStrategy;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's own rules of what is tried again, with an ear for why. */
public final class Retries implements StorageRetryStrategy {
  private static final Logger log = LoggerFactory.getLogger(Retries.class);
  private final StorageRetryStrategy rules = StorageRetryStrategy.getDefaultStorageRetryStrategy();
  private final String bucket;
  private volatile @Nullable String last;

  public Retries(String bucket) {
    this.bucket = bucket;
  }

  /** Begins a new upload. */
  void forget() {
    last = null;
  }

  /** What the latest retry was for. */
  Optional<String> last() {
    return Optional.ofNullable(last);
  }

  @Override
  public ResultRetryAlgorithm<?> getIdempotentHandler() {
    return new Listening<>(rules.getIdempotentHandler());
  }

  @Override
  public ResultRetryAlgorithm<?> getNonidempotentHandler() {
    return new Listening<>(rules.getNonidempotentHandler());
  }

  private final class Listening<R> implements ResultRetryAlgorithm<R> {
    private final ResultRetryAlgorithm<R> rule;

    Listening(ResultRetryAlgorithm<R> rule) {
      this.rule = rule;
    }

    @Override
    public TimedAttemptSettings createNextAttempt(
        Throwable thrown, R response, TimedAttemptSettings settings) {
      return rule.createNextAttempt(thrown, response, settings);
    }

    @Override
    public boolean shouldRetry(Throwable thrown, R response) throws CancellationException {
      boolean again = rule.shouldRetry(thrown, response);
      if (again && thrown instanceof Exception e) {
        String words = GcsFaults.of(e, GcsAction.CREATE, bucket).getMessage();
        if (last == null) {
          log.warn(
              "Asking Google Cloud Storage again, for as long as an upload may take: {}", words);
        } else {
          log.info("Asking Google Cloud Storage again: {}", words);
        }
        last = words;
      }
      return again;
    }
  }
}
