package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.input.DownloadException;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plans as {@link VideoJob} would, up to the GPU: fetches the audio alone. */
public final class RequestPlanner implements JobPlanner {
  /** What a fault begins with where it names its field: {@code keyframes[1].image_url must …}. */
  private static final Pattern FIELD =
      Pattern.compile("([a-z][a-z0-9_]*(?:\\[\\d+])?(?:\\.[a-z0-9_]+)?)(?::| ).*", Pattern.DOTALL);

  /** The API's own texts, which name theirs otherwise. */
  private static final List<String> KNOWN = List.of("duration", "keyframe", "image", "audio");

  private final Downloads downloads;
  private final Function<GenerationPlan, String> drawing;
  private final RandomGenerator random;

  /** Plans; {@code drawing} makes the timeline, SVG. */
  public RequestPlanner(
      Downloads downloads, Function<GenerationPlan, String> drawing, RandomGenerator random) {
    this.downloads = downloads;
    this.drawing = drawing;
    this.random = random;
  }

  @Override
  public Outlook plan(JsonNode input) throws InterruptedException {
    try (TempFolder work = TempFolder.create()) {
      GenerationRequest request = GenerationRequest.parse(input, downloads.accepted());
      GenerationPlan plan =
          GenerationPlan.of(
              request,
              seconds(request, work.folder("inputs")),
              request.seed().orElseGet(() -> GenerationPlan.drawSeed(random)));
      return new Outlook.Planned(PlanJson.of(plan), drawing.apply(plan));
    } catch (InvalidRequestException e) {
      return new Outlook.Refused(
          e.getMessage(), e.faults().stream().map(RequestPlanner::fault).toList());
    } catch (DownloadException e) {
      return new Outlook.Refused(e.getMessage(), List.of(new Fault("audio_url", e.getMessage())));
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder", e);
    }
  }

  private double seconds(GenerationRequest request, Path folder)
      throws InvalidRequestException, DownloadException, InterruptedException {
    return request.mode().lipSync()
        ? RequestAudio.seconds(downloads.fetchAudio(request, folder).orElseThrow())
        : request.duration().orElseThrow();
  }

  private static Fault fault(String sentence) {
    Matcher named = FIELD.matcher(sentence);
    if (named.matches()) {
      return new Fault(named.group(1), sentence);
    }
    String lower = sentence.toLowerCase(Locale.ROOT);
    for (String word : KNOWN) {
      if (lower.contains(word)) {
        return new Fault(
            switch (word) {
              case "keyframe" -> "keyframes";
              case "image" -> "image_url";
              case "audio" -> "audio_url";
              default -> word;
            },
            sentence);
      }
    }
    return new Fault("", sentence);
  }

  @Override
  public String mode(JsonNode input) {
    boolean audio = input.path("audio_url").isTextual();
    Mode mode =
        input.has("keyframes")
            ? audio ? Mode.MULTIFRAME_LIPSYNC : Mode.MULTIFRAME_AUDIO_GEN
            : audio ? Mode.LIPSYNC : Mode.AUDIO_GEN;
    return mode.label();
  }
}
