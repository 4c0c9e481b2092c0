package dev.ltx2.worker.app;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.runpod.Readiness;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Keeps a worker whose disk is full from taking jobs that would fail. It checks the file systems
 * that jobs write to, and how jobs end: a remote ComfyUI, inodes or a quota can run out where free
 * space cannot be measured.
 */
public final class DiskWatch implements Readiness {
  /** After a job that found the disk full; long enough for another job to end and free space. */
  static final Duration PAUSE = Duration.ofSeconds(20);

  /** After this many in a row the worker takes no more jobs. */
  static final int FAILURES = 3;

  private final List<Path> folders;
  private final long floor;
  private final Clock time;
  private int failures;
  private long failedAt;
  private String why = "";

  /**
   * A watch.
   *
   * @param floor {@code MIN_FREE_DISK}, in bytes
   */
  public DiskWatch(List<Path> folders, long floor, Clock time) {
    this.folders = folders;
    this.floor = floor;
    this.time = time;
  }

  @Override
  public synchronized Optional<String> obstacle() {
    for (Path folder : folders) {
      OptionalLong free = DiskSpace.free(folder);
      if (free.isPresent() && free.getAsLong() < floor) {
        return Optional.of(
            "The disk is nearly full: %s, MIN_FREE_DISK asks for %s"
                .formatted(DiskSpace.left(folder), DiskSpace.size(floor)));
      }
    }
    boolean paused = failures > 0 && time.since(failedAt).compareTo(PAUSE) < 0;
    return paused || failures >= FAILURES
        ? Optional.of("Jobs fail for want of room on the disk: " + why)
        : Optional.empty();
  }

  /** Runs jobs and records how they end. */
  public JobRunner over(JobRunner jobs) {
    return (job, listener) -> run(jobs, job, listener);
  }

  private Answer run(JobRunner jobs, Job job, ProgressListener listener)
      throws JobFailure, InterruptedException {
    try {
      Answer answer = jobs.run(job, listener);
      ended(Optional.empty());
      return answer;
    } catch (JobFailure failure) {
      ended(Optional.of(failure));
      throw failure;
    }
  }

  /** A job that failed for another reason says nothing about the disk. */
  private synchronized void ended(Optional<JobFailure> failure) {
    if (failure.isEmpty()) {
      failures = 0;
    } else if (failure.get().code() == ErrorCode.DISK_FULL) {
      failures++;
      failedAt = time.nanos();
      why = failure.get().getMessage();
    }
  }
}
