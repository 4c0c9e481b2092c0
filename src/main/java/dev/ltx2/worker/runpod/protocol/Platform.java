package dev.ltx2.worker.runpod.protocol;

import java.time.Duration;
import java.util.List;
import okhttp3.RequestBody;

/** The platform as the loop sees it. Every call ends with its thread's interrupt. */
public interface Platform {
  /** What a take brought. */
  sealed interface Taken {
    /** At least one job. */
    record Jobs(List<TakenJob> jobs) implements Taken {}

    /** There is no job. */
    record NoJobs() implements Taken {}
  }

  /** What the stop channel said. */
  sealed interface Stops {
    /** These jobs are to be stopped; may be none. */
    record Ids(List<String> ids) implements Stops {}
  }

  /** What became of a post. */
  sealed interface Posted {
    /** The platform has it. */
    record Accepted() implements Posted {}

    /** The platform does not like this body. */
    record Refused(int status) implements Posted {}

    /** The platform does not know the job. */
    record Gone(int status) implements Posted {}
  }

  /** Asked too often. */
  record SlowDown() implements Taken, Stops {}

  /** Not reached, not able to, or this worker is not let in: worth trying for minutes. */
  record Failed(String why) implements Taken, Stops, Posted {}

  /** Waits for jobs, in a long poll. One call at a time: parallel takes race on the platform. */
  Taken take(int wanted, boolean working) throws InterruptedException;

  /** No job is wanted any more: an open take gets a moment for a job already on its way. */
  void endTake();

  /** Waits for stop requests, in a long poll. */
  Stops stops() throws InterruptedException;

  /** Whether there is a stop channel. */
  boolean canStop();

  /** Posts an answer or progress of a job. */
  Posted post(String jobId, RequestBody body, Duration limit) throws InterruptedException;
}
