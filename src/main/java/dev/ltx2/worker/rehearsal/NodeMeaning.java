package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.media.MediaException;

/** What one node type means: its outputs made of its inputs, exact in lengths and sizes. */
@FunctionalInterface
public interface NodeMeaning {
  /** Performs the node once. */
  NodeResult perform(NodeInputs in, Steps steps)
      throws NodeException, MediaException, InterruptedException;

  /** A running node's way to the outside: progress, and the check whether to stop. */
  @FunctionalInterface
  interface Steps {
    /** Reports a finished step of {@code of}. */
    void step(int done, int of) throws InterruptedException;
  }
}
