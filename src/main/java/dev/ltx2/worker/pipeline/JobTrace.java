package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.workflow.Graph;
import java.nio.file.Path;

/** Shown what a job is made of, for those who keep it beside the video; by the job's own thread. */
public interface JobTrace {
  /** Keeps nothing. */
  JobTrace NONE = new JobTrace() {};

  /** The inputs are here and the video is planned. */
  default void planned(GenerationPlan plan) {}

  /** The graph is about to be run. */
  default void filled(Graph graph) {}

  /** The video is made and handed over; the files are the job's and go with its folder. */
  default void delivered(GenerationPlan plan, Inputs inputs, Path mp4) {}
}
