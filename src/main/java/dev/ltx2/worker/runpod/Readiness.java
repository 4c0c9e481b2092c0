package dev.ltx2.worker.runpod;

import java.util.Optional;

/** Whether this worker can do a job now; asked before every take, from the loop's own thread. */
@FunctionalInterface
public interface Readiness {
  /** A worker that nothing hinders. */
  Readiness ALWAYS = Optional::empty;

  /** What hinders it, as a sentence; empty when nothing does. Must answer at once. */
  Optional<String> obstacle();
}
