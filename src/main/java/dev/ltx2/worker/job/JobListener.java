package dev.ltx2.worker.job;

import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.workflow.Graph;
import java.nio.file.Path;

/**
 * Hears how a job proceeds; every call comes from the job's own thread or the engine's, in order.
 */
public interface JobListener {
  /** Hears nothing. */
  JobListener NONE = new JobListener() {};

  /** On every change of stage, percent or step. */
  default void progress(Progress progress) {}

  /** The inputs are here and the film is planned. */
  default void planned(GenerationPlan plan, Inputs inputs) {}

  /** The graph is about to be run. */
  default void filled(Graph graph) {}

  /** The film is made and handed over; the file is the job's and goes with its folder. */
  default void delivered(Path mp4) {}
}
