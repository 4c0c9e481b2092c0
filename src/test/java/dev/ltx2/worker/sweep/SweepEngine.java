package dev.ltx2.worker.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.pipeline.JobTrace;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.VideoResult;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.workflow.Graph;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Whole jobs of any model set on one ComfyUI, and what is left of them to be compared. */
final class SweepEngine implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a request became: nothing of it depends on time or on the engine. */
  record Outcome(
      String exit,
      Optional<GenerationPlan> plan,
      String graph,
      String answer,
      Optional<Mp4> video) {
    /** All that must be equal on both engines. */
    List<String> comparable() {
      return List.of(
          exit,
          plan.map(PlanJson::of).map(Object::toString).orElse("no plan"),
          graph,
          answer,
          video.map(Outcome::text).orElse("no video"));
    }

    private static String text(Mp4 video) {
      return "%dx%d, %d frames at %.3f fps, %.3f s, audio %.2f s"
          .formatted(
              video.width(),
              video.height(),
              video.frames(),
              video.fps(),
              video.videoSeconds(),
              video.audioSeconds());
    }
  }

  private final ComfyUi comfyUi;
  private final Path inputs;

  SweepEngine(URI url, Path inputs) {
    comfyUi = new ComfyUi(url, Optional.empty(), Clock.SYSTEM);
    this.inputs = inputs;
  }

  Outcome run(Workflows set, JsonNode request) throws Exception {
    Trace trace = new Trace();
    VideoJob job =
        new VideoJob(
            new Downloads(Downloads.Options.DEFAULTS.withFiles(inputs), Clock.SYSTEM),
            new VideoGenerator("sweep", set, comfyUi, Duration.ofMinutes(9), Clock.SYSTEM),
            (id, video, name, _, _) -> new Stored.Local(video),
            Clock.SYSTEM,
            new Random(1));
    try (VideoResult result = job.run(new Job("sweep", request), ProgressListener.NONE, trace)) {
      StringWriter answer = new StringWriter();
      try (var out = JSON.createGenerator(answer)) {
        result.writeTo(out);
      }
      return new Outcome(
          "success",
          Optional.ofNullable(trace.plan),
          trace.graph,
          timeless(JSON.readTree(answer.toString())),
          Optional.ofNullable(trace.video));
    } catch (JobFailure e) {
      return new Outcome(
          e.code() + (e.retryable() ? " retryable: " : ": ") + e.getMessage(),
          Optional.ofNullable(trace.plan),
          trace.graph,
          "",
          Optional.empty());
    }
  }

  /** Without times, and without names and sizes that differ from file to file. */
  private static String timeless(JsonNode answer) {
    ObjectNode output = (ObjectNode) answer.path("output");
    output.remove(
        List.of(
            "generation_time", "video_url", "video_filename", "video_size_bytes", "video_base64"));
    ((ObjectNode) output.path("details")).remove("timings");
    return answer.toString();
  }

  private static final class Trace implements JobTrace {
    private GenerationPlan plan;
    private String graph = "";
    private Mp4 video;

    @Override
    public void planned(GenerationPlan planned) {
      plan = planned;
    }

    @Override
    public void filled(Graph filled) {
      graph = filled.nodes().toString().replaceAll("jobs/[^/\"]+/", "jobs/id/");
    }

    @Override
    public void delivered(GenerationPlan planned, Inputs fetched, Path mp4) {
      try {
        video = Mp4.measure(mp4);
      } catch (MediaException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    comfyUi.close();
  }
}
