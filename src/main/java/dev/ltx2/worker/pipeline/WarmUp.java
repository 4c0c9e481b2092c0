package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.Graph;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A video of 9 frames and one step, thrown away: it loads the checkpoint, the text encoder and the
 * LoRAs, so that the first job does not pay for that.
 */
final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int SIZE = 256;

  /** ceil(1 s * 8) + 1 = 9 frames, the least that LTX-2 makes of more than one. */
  private static final int FPS = 8;

  private final ComfyUi comfyUi;
  private final Workflows workflows;
  private final Duration timeout;
  private final Clock time;
  private String node = "";

  WarmUp(ComfyUi comfyUi, Workflows workflows, Duration timeout, Clock time) {
    this.comfyUi = comfyUi;
    this.workflows = workflows;
    this.timeout = timeout;
    this.time = time;
  }

  /**
   * A failure is only logged here: the first job will meet it again and report it.
   *
   * @throws ComfyUiException when ComfyUI does not answer at all
   */
  void run() throws ComfyUiException, InterruptedException {
    long start = time.nanos();
    LOG.info("Warm-up: loading the models");
    try (TempFolder work = TempFolder.create()) {
      Path image = work.folder("inputs").resolve("warm-up.png");
      ImageReader.write(Bitmap.testPattern(SIZE), image);
      Set<Mode> modes = workflows.set().request().modes();
      if (!modes.contains(Mode.AUDIO_GEN) && !modes.contains(Mode.MULTIFRAME_AUDIO_GEN)) {
        LOG.info("Warm-up: none, as every mode of {} needs speech", workflows.set().name());
        return;
      }
      GenerationRequest request = request(image, modes.contains(Mode.AUDIO_GEN));
      GenerationPlan plan = workflows.set().plan(request, 1, 0);
      JobFiles files = JobFiles.of("warm-up", new Inputs(List.of(image), Optional.empty()));
      Graph graph = workflows.of(request.mode()).fill(plan, files.graphInputs(request));
      Prompt prompt = new Prompt(files.id(), graph.nodes(), files.uploads(), List.of(), timeout);
      comfyUi.run(prompt, work.folder("generated"), this::tell);
      LOG.info("Warm-up: done after {} s", time.since(start).toMillis() / 1000.0);
    } catch (ComfyUiException e) {
      if (e.kind() == ComfyUiException.Kind.TIMEOUT
          || e.kind() == ComfyUiException.Kind.UNAVAILABLE) {
        throw e;
      }
      LOG.warn("Warm-up: {}", e.getMessage());
    } catch (WorkflowException | InvalidRequestException | MediaException | IOException e) {
      LOG.warn("Warm-up: {}", e.getMessage());
    }
  }

  private void tell(double fraction, int step, int steps, String title) {
    if (!title.equals(node)) {
      node = title;
      LOG.info("Warm-up: {}%, {}", Math.round(fraction * 100), title);
    }
  }

  private GenerationRequest request(Path image, boolean withoutGuides)
      throws InvalidRequestException {
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    (withoutGuides ? input : input.putArray("keyframes").addObject())
        .put("image_url", image.toString());
    input.put("duration", 1).put("buffer_seconds", 0);
    input.put("width", SIZE).put("height", SIZE).put("fps", FPS).put("steps", 1);
    return workflows.set().parse(input, AcceptedSources.REMOTE_AND_FILES);
  }
}
