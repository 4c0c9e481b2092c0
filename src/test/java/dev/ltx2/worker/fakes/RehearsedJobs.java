package dev.ltx2.worker.fakes;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.workflow.WorkflowException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** Whole jobs as the worker wires them, on a ComfyUI that is rehearsed. */
public final class RehearsedJobs {
  /** The API's own graphs. */
  public static final Path WORKFLOWS = Path.of("workflows/ltx-2");

  /** Leaves the video where it is, in the job's folder. */
  public static final VideoStore UNMOVED = (_, video, _, _, _) -> new Stored.Local(video);

  private RehearsedJobs() {}

  public static VideoJob of(Downloads.Options inputs, ComfyUi comfyUi, VideoStore store)
      throws WorkflowException {
    return of(inputs, generator(WORKFLOWS, comfyUi, Duration.ofMinutes(2)), store);
  }

  public static VideoJob of(Downloads.Options inputs, VideoGenerator generator, VideoStore store) {
    return new VideoJob(
        new Downloads(inputs, Clock.SYSTEM), generator, store, Clock.SYSTEM, new Random(1));
  }

  /**
   * What makes their videos.
   *
   * @param limit on one generation
   */
  public static VideoGenerator generator(Path workflows, ComfyUi comfyUi, Duration limit)
      throws WorkflowException {
    return new VideoGenerator("rehearsal", Workflows.load(workflows), comfyUi, limit, Clock.SYSTEM);
  }
}
