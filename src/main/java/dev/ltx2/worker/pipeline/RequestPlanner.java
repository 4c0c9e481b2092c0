package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Plans as {@link VideoJob} would, up to the GPU; of what is elsewhere it fetches the audio alone.
 */
public final class RequestPlanner implements JobPlanner {
  private final Downloads downloads;
  private final Workflows workflows;
  private final Function<GenerationPlan, String> drawing;
  private final RandomGenerator random;

  /** Plans; {@code drawing} makes the timeline, SVG. */
  public RequestPlanner(
      Downloads downloads,
      Workflows workflows,
      Function<GenerationPlan, String> drawing,
      RandomGenerator random) {
    this.downloads = downloads;
    this.workflows = workflows;
    this.drawing = drawing;
    this.random = random;
  }

  @Override
  public Outlook plan(JsonNode input) throws InterruptedException {
    try (TempFolder work = TempFolder.create()) {
      ModelSet set = workflows.set();
      GenerationRequest asked = set.parse(input, downloads.accepted());
      Path folder = work.folder("inputs");
      GenerationRequest request =
          RequestNotes.added(
              asked,
              downloads.fetchLocalImages(asked, folder),
              workflows.of(asked.mode()),
              set.request());
      GenerationPlan plan =
          set.plan(
              request,
              seconds(request, folder),
              request.seed().orElseGet(() -> GenerationPlan.drawSeed(random)));
      return new Outlook.Planned(PlanJson.of(plan), drawing.apply(plan));
    } catch (InvalidRequestException e) {
      return new Outlook.Invalid(
          e.getMessage(),
          e.faults().stream()
              .map(fault -> new FieldError(fault.field(), fault.message()))
              .toList());
    } catch (DownloadException e) {
      return new Outlook.Invalid(e.getMessage(), List.of(new FieldError(field(e), e.getMessage())));
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder", e);
    }
  }

  private static String field(DownloadException e) {
    String message = e.getMessage();
    if (message.startsWith("Failed to download audio")) {
      return "audio_url";
    }
    return message.startsWith("Failed to download keyframe") ? "keyframes" : "image_url";
  }

  private double seconds(GenerationRequest request, Path folder)
      throws InvalidRequestException, DownloadException, InterruptedException {
    return request.mode().lipSync()
        ? RequestAudio.seconds(downloads.fetchAudio(request, folder).orElseThrow())
        : request.duration().orElseThrow();
  }

  @Override
  public String mode(JsonNode input) {
    return Mode.of(input.hasNonNull("keyframes"), input.hasNonNull("audio_url")).label();
  }
}
