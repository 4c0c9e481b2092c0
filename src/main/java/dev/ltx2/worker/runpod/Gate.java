package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before every take: a worker that cannot do jobs would take one after the other only to fail them,
 * and so empty the endpoint's queue. One that stays so is given up. Used by one thread.
 */
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  /** How often a closed gate looks again. */
  static final Duration AGAIN = Duration.ofSeconds(1);

  /** How long it may stay closed while nothing runs that might open it. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Readiness readiness;
  private final EndOfLoop loop;
  private final Clock time;
  private boolean closed;
  private Duration waited = Duration.ZERO;
  private long looked;

  Gate(Readiness readiness, EndOfLoop loop, Clock time) {
    this.readiness = readiness;
    this.loop = loop;
    this.time = time;
  }

  /**
   * Whether a job may be taken; ends the loop when it has not been so for {@link #PATIENCE}.
   *
   * @param working whether jobs are held, whose files go with them
   */
  boolean open(boolean working) {
    Optional<String> obstacle = readiness.obstacle();
    if (obstacle.isEmpty()) {
      if (closed) {
        LOG.info("Taking jobs again");
      }
      closed = false;
      return true;
    }
    long now = time.nanos();
    if (!closed) {
      LOG.warn("Taking no jobs: {}", obstacle.get());
      closed = true;
      waited = Duration.ZERO;
    } else if (working) {
      waited = Duration.ZERO;
    } else {
      // A process that slept has not seen that time
      waited = waited.plusNanos(Math.min(now - looked, AGAIN.multipliedBy(5).toNanos()));
    }
    looked = now;
    if (waited.compareTo(PATIENCE) >= 0) {
      LOG.error("Giving this worker up: {}", obstacle.get());
      loop.end(
          EndOfLoop.End.UNFIT, new JobFailure(ErrorCode.DISK_FULL, obstacle.get(), true, null));
    }
    return false;
  }
}
