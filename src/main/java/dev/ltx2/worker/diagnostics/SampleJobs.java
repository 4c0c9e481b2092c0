package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.Prompt.Upload;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.GraphInputs;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Videos to try a ComfyUI with: their inputs are drawn here, their graphs are the workflows'. */
final class SampleJobs {
  static final String PROMPT = "verification of ComfyUI: a lantern in the fog";
  private static final int SIZE = 256;

  /** With 8 fps and the buffer of 1 s: 20 frames, of which LTX-2 makes 25. */
  private static final double SECONDS = 1.3;

  private final Workflows workflows;
  private final Path image;
  private final Path audio;

  SampleJobs(Workflows workflows, Path folder) throws IOException, MediaException {
    this.workflows = workflows;
    image = folder.resolve("lantern-1_a.png");
    ImageReader.write(Bitmap.testPattern(SIZE), image);
    audio = folder.resolve("hum.flac");
    float[] samples = new float[(int) (SECONDS * 48_000)];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) Math.sin(i * 2 * Math.PI * 220 / 48_000) / 4;
    }
    AudioWriter.flac(audio, samples, 48_000);
  }

  /** A video ready to be posted; the graph is its own. */
  record SampleJob(String id, GenerationPlan plan, ObjectNode graph, List<Upload> uploads) {}

  /** A mode of the set for what any video shows; one without speech where there is one. */
  Mode anyMode() {
    return Stream.of(Mode.AUDIO_GEN, Mode.MULTIFRAME_AUDIO_GEN, Mode.LIPSYNC)
        .filter(workflows.set().request().modes()::contains)
        .findFirst()
        .orElse(Mode.MULTIFRAME_LIPSYNC);
  }

  /** The modes of the set, in order. */
  List<Mode> modes() {
    return workflows.set().request().modes().stream().sorted().toList();
  }

  SampleJob small(Mode mode, int steps) throws InvalidRequestException, WorkflowException {
    ObjectNode input = input(mode, 3, SECONDS);
    input.put("width", SIZE).put("height", SIZE).put("fps", 8).put("steps", steps);
    return video(mode, input, SECONDS);
  }

  /** The greatest values that requests may have. */
  SampleJob longest(Mode mode) throws InvalidRequestException, WorkflowException {
    ObjectNode input = input(mode, 9, 30);
    input.put("width", 2048).put("height", 2048).put("fps", 60).put("steps", 100);
    input.put("buffer_seconds", 10).put("seed", Long.MAX_VALUE);
    return video(mode, input, 30);
  }

  private ObjectNode input(Mode mode, int keyframes, double seconds) {
    ObjectNode input = JsonNodeFactory.instance.objectNode().put("prompt_positive", PROMPT);
    if (mode.multiframe()) {
      var list = input.putArray("keyframes");
      for (int i = 0; i < keyframes; i++) {
        list.addObject().put("image_url", image.toString());
      }
    } else {
      input.put("image_url", image.toString());
    }
    return mode.lipSync()
        ? input.put("audio_url", audio.toString())
        : input.put("duration", seconds);
  }

  private SampleJob video(Mode mode, ObjectNode input, double seconds)
      throws InvalidRequestException, WorkflowException {
    GenerationRequest request = workflows.set().parse(input, AcceptedSources.REMOTE_AND_FILES);
    GenerationPlan plan = workflows.set().plan(request, seconds, request.seed().orElse(1));
    String id = "verify-" + UUID.randomUUID().toString().substring(0, 8);
    String prefix = "jobs/" + id + '/';
    List<Upload> uploads = new ArrayList<>();
    uploads.add(new Upload(image, prefix + image.getFileName()));
    if (mode.lipSync()) {
      uploads.add(new Upload(audio, prefix + audio.getFileName()));
    }
    GraphInputs names =
        new GraphInputs(
            PROMPT,
            request.promptNegative(),
            Collections.nCopies(Math.max(1, request.keyframes().size()), uploads.getFirst().name()),
            mode.lipSync() ? uploads.getLast().name() : null,
            prefix);
    ObjectNode graph = workflows.of(mode).fill(plan, names).nodes();
    return new SampleJob(id, plan, graph, uploads);
  }
}
