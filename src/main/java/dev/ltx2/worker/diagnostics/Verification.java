package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.comfyui.GenerationListener;
import dev.ltx2.worker.comfyui.Prompt;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.SamplingStage;
import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What the worker relies on in ComfyUI, tried on a running one with small videos. Each trial names
 * the differences it finds.
 */
public final class Verification {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The scheduler's maximum; more than any ComfyUI finishes before it is interrupted. */
  private static final int MANY_STEPS = 10_000;

  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(1);

  private final ComfyUi comfyUi;
  private final Workflows workflows;
  private final TempFolder work;
  private final Duration timeout;
  private final Duration patience;
  private final SampleJobs videos;

  /**
   * On one ComfyUI.
   *
   * @param timeout of one video
   * @param patience within which an interrupt must have ended a prompt
   */
  public Verification(
      ComfyUi comfyUi, Workflows workflows, TempFolder work, Duration timeout, Duration patience)
      throws IOException, MediaException {
    this.comfyUi = comfyUi;
    this.workflows = workflows;
    this.work = work;
    this.timeout = timeout;
    this.patience = patience;
    this.videos = new SampleJobs(workflows, work.folder("inputs"));
  }

  /** One thing relied on. */
  public record Expectation(String name, ExpectationCheck check) {}

  /** Adds what differs. */
  @FunctionalInterface
  interface ExpectationCheck {
    void run(List<String> differences) throws Exception;
  }

  /** All of them, in the order to run them. */
  public List<Expectation> expectations() {
    List<Expectation> expectations = new ArrayList<>();
    expectations.add(new Expectation("workflows fit its nodes, models and choices", this::lint));
    expectations.add(new Expectation("longest video is within every range", this::longest));
    for (Mode mode : videos.modes()) {
      expectations.add(
          new Expectation(
              "mode %s (%s): exact frames, size and audio; events; no prompt in the file"
                  .formatted(mode.label(), mode.workflow()),
              differences -> video(mode, differences)));
    }
    expectations.add(new Expectation("the same request twice gives two videos", this::twice));
    expectations.add(
        new Expectation("a graph that is wrong in one branch only is rejected", this::halfWrong));
    if (videos.modes().stream().anyMatch(Mode::multiframe)) {
      expectations.add(new Expectation("an impossible guide fails in its node", this::impossible));
    }
    expectations.add(
        new Expectation("an interrupt ends its own prompt, not the next", this::interrupt));
    return expectations;
  }

  /** The differences from one expectation. */
  public List<String> run(Expectation expectation) throws InterruptedException {
    List<String> differences = new ArrayList<>();
    try {
      expectation.check().run(differences);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      @Nullable Throwable why = e instanceof ExecutionException ? e.getCause() : e;
      differences.add(why instanceof ComfyUiException ? why.getMessage() : String.valueOf(why));
    }
    return differences;
  }

  private void lint(List<String> differences) throws Exception {
    differences.addAll(Wiring.workflowCheck().check(comfyUi, workflows, timeout));
  }

  private void longest(List<String> differences) throws Exception {
    ObjectInfo info = ObjectInfo.of(comfyUi.objectInfo());
    for (Mode mode : videos.modes()) {
      ObjectNode graph = videos.longest(mode).graph();
      GraphLint.check(mode.workflow(), graph, info).forEach(f -> differences.add(f.toString()));
    }
  }

  private void video(Mode mode, List<String> differences) throws Exception {
    SampleJobs.SampleJob video = videos.small(mode, 2);
    int[] most = new int[1];
    Generated generated = run(video, (_, step, _, _) -> most[0] = step);
    Mp4 mp4 = Mp4.measure(generated.video());
    differ(differences, "frames", video.plan().deliveredFrames(), mp4.frames());
    differ(differences, "width", video.plan().width(), mp4.width());
    differ(differences, "height", video.plan().height(), mp4.height());
    differ(differences, "fps", video.plan().fps(), Math.round(mp4.fps()));
    int steps = video.plan().sampling().stages().stream().mapToInt(SamplingStage::steps).sum();
    differ(differences, "sampler steps heard", steps, most[0]);
    if (!mode.lipSync()) {
      double seconds = AudioFile.measure(generated.audio().orElseThrow()).seconds();
      if (Math.abs(seconds - video.plan().duration()) > 0.1) {
        differences.add("audio: %.2f s of %.2f s".formatted(seconds, video.plan().duration()));
      }
    }
    String bytes = Files.readString(generated.video(), StandardCharsets.ISO_8859_1);
    if (bytes.contains(SampleJobs.PROMPT)) {
      differences.add("the prompt is written into the file: start it with --disable-metadata");
    }
  }

  private void twice(List<String> differences) throws Exception {
    for (int i = 0; i < 2; i++) {
      SampleJobs.SampleJob video = videos.small(videos.anyMode(), 1);
      Generated generated = run(video);
      differ(differences, "frames", video.plan().deliveredFrames(), frames(generated.video()));
    }
  }

  private void halfWrong(List<String> differences) throws Exception {
    SampleJobs.SampleJob video = videos.small(videos.anyMode(), 1);
    JsonNode broken =
        JSON.readTree(
            """
            {"class_type": "SaveVideo",
             "inputs": {"video": ["checkpoint", 0], "filename_prefix": "jobs/%s/broken",
                        "format": "mp4", "codec": "h264", "codec.encoding": "re-encode",
                        "codec.encoding.crf": 19.0}}
            """
                .formatted(video.id()));
    video.graph().set("broken", broken);
    fails(video, Kind.REJECTED, "broken", differences);
  }

  private void impossible(List<String> differences) throws Exception {
    Mode guided = videos.modes().stream().filter(Mode::multiframe).findFirst().orElseThrow();
    SampleJobs.SampleJob video = videos.small(guided, 1);
    for (var node : video.graph().properties()) {
      if (node.getValue().path("class_type").asText().equals("LTXVAddGuide")) {
        ((ObjectNode) node.getValue().path("inputs")).put("frame_idx", 9000);
        fails(video, Kind.FAILED, node.getKey(), differences);
        return;
      }
    }
    differences.add("the workflow has no LTXVAddGuide");
  }

  private void fails(SampleJobs.SampleJob video, Kind kind, String node, List<String> differences)
      throws Exception {
    try {
      run(video);
      differences.add("it ran");
    } catch (ComfyUiException e) {
      if (e.kind() != kind || !e.getMessage().contains(node)) {
        differences.add("expected %s at %s: %s".formatted(kind, node, e.getMessage()));
      }
    }
  }

  private void interrupt(List<String> differences) throws Exception {
    SampleJobs.SampleJob stopped = videos.small(videos.anyMode(), 1);
    for (JsonNode node : stopped.graph()) {
      ObjectNode inputs = (ObjectNode) node.path("inputs");
      switch (node.path("class_type").asText()) {
        case "BasicScheduler" -> inputs.put("steps", MANY_STEPS);
        case "ManualSigmas" ->
            inputs.put("sigmas", new SigmaList("1.0, 0.0").withSteps(MANY_STEPS).text());
        default -> {}
      }
    }
    Background first = Background.start(listener -> run(stopped, listener), step -> step > 0);
    while (!first.begun.await(100, TimeUnit.MILLISECONDS)) {
      if (first.result.isDone()) {
        first.result.get();
        differences.add("no sampler step was heard of");
        return;
      }
    }
    SampleJobs.SampleJob next = videos.small(videos.anyMode(), 1);
    Background second = Background.start(listener -> run(next, listener), _ -> true);
    first.thread.interrupt();
    stops(first.result, differences);
    if (!second.begun.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      differences.add("it still ran %d s after its interrupt".formatted(patience.toSeconds()));
      second.thread.interrupt();
      return;
    }
    int frames = frames(second.result.get().video());
    differ(differences, "next", next.plan().deliveredFrames(), frames);
  }

  /** A prompt on a thread of its own; {@code begun} opens when ComfyUI tells that it runs. */
  private record Background(FutureTask<Generated> result, Thread thread, CountDownLatch begun) {
    private interface Generation {
      Generated run(GenerationListener listener) throws Exception;
    }

    static Background start(Generation generation, IntPredicate begins) {
      CountDownLatch begun = new CountDownLatch(1);
      FutureTask<Generated> result =
          new FutureTask<>(() ->
              generation.run((_, step, _, _) -> {
                if (begins.test(step)) {
                  begun.countDown();
                }
              }));
      return new Background(result, Thread.ofVirtual().start(result), begun);
    }
  }

  /** Its thread has just been interrupted. */
  private static void stops(FutureTask<Generated> stopped, List<String> differences)
      throws InterruptedException {
    long start = Clock.SYSTEM.nanos();
    try {
      stopped.get();
      differences.add("it ran to its end");
    } catch (ExecutionException e) {
      Duration took = Clock.SYSTEM.since(start);
      if (!(e.getCause() instanceof InterruptedException) || took.compareTo(STOPPED_WITHIN) > 0) {
        differences.add("%s after %d ms".formatted(e.getCause(), took.toMillis()));
      }
    }
  }

  private Generated run(SampleJobs.SampleJob video) throws Exception {
    return run(video, (_, _, _, _) -> {});
  }

  private Generated run(SampleJobs.SampleJob video, GenerationListener listener) throws Exception {
    return comfyUi.run(prompt(video), folder(video), listener);
  }

  private Path folder(SampleJobs.SampleJob video) throws IOException {
    return work.folder(video.id());
  }

  private Prompt prompt(SampleJobs.SampleJob video) {
    return new Prompt(video.id(), video.graph(), video.uploads(), List.of(), timeout);
  }

  private static int frames(Path video) throws MediaException, InterruptedException {
    return Mp4.measure(video).frames();
  }

  private static void differ(List<String> differences, String what, long expected, long found) {
    if (expected != found) {
      differences.add("%s: %d, expected %d".formatted(what, found, expected));
    }
  }
}
