package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.process.GpuProbe;
import dev.ltx2.worker.comfyui.process.GpuProbe.Found;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.diagnostics.GpuTrials.Trial;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.request.Mode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What videos cost on this GPU: real jobs of every mode, timed by phase, with the memory they took,
 * and the longest video that fits at a size.
 */
public final class GpuVerification {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWERING = Duration.ofMinutes(30);
  private static final int SIZE = 768;
  private static final int RATE = 48_000;

  private final JobRunner jobs;
  private final ComfyUi comfyUi;
  private final GpuProbe probe;
  private final Path inputs;
  private final Consumer<String> lines;
  private int number;

  /**
   * On one ComfyUI, with the GPUs of this machine.
   *
   * @param inputs a folder for the images and the audio, whose files the jobs may name
   * @param lines gets the table, line by line
   */
  public static GpuVerification here(
      JobRunner jobs, ComfyUi comfyUi, Path inputs, Consumer<String> lines) {
    GpuProbe probe = GpuProbe.on(System.getenv().getOrDefault("PATH", ""));
    return new GpuVerification(jobs, comfyUi, probe, inputs, lines);
  }

  GpuVerification(
      JobRunner jobs, ComfyUi comfyUi, GpuProbe probe, Path inputs, Consumer<String> lines) {
    this.jobs = jobs;
    this.comfyUi = comfyUi;
    this.probe = probe;
    this.inputs = inputs;
    this.lines = lines;
  }

  /** Runs all; the record is complete also where videos failed. */
  public ObjectNode run(GpuTrials trials)
      throws ComfyUiException, IOException, MediaException, InterruptedException {
    ImageReader.write(Bitmap.testPattern(SIZE), inputs.resolve("pattern.png"));
    ObjectNode record = JSON.createObjectNode();
    record.set("gpu", gpu());
    record.set("versions", versions());
    lines.accept(
        "mode  size       preset  seconds  frames  generate  own    total  VRAM MiB  host MB");
    for (Trial trial : trials.all()) {
      record.withArray("videos").add(tried(trial, 0));
    }
    for (String size : trials.limitSizes()) {
      record.withArray("limits").add(limit(size, trials));
    }
    return record;
  }

  private ObjectNode gpu() throws InterruptedException {
    ObjectNode node = JSON.createObjectNode();
    if (probe.find() instanceof Found.Gpus(var gpus, var cuda)) {
      node.put("name", gpus.getFirst().name()).put("driver", gpus.getFirst().driver());
      node.put("memory_mib", gpus.getFirst().total());
      cuda.ifPresent(version -> node.put("cuda", version));
      lines.accept(
          "%s, driver %s, CUDA %s, %d MiB"
              .formatted(
                  gpus.getFirst().name(),
                  gpus.getFirst().driver(),
                  cuda.orElse("?"),
                  gpus.getFirst().total()));
    } else {
      lines.accept("no nvidia-smi: the GPU's memory is not seen");
    }
    return node;
  }

  private ObjectNode versions() throws ComfyUiException, InterruptedException {
    JsonNode system = comfyUi.systemStats(ANSWERING).path("system");
    ObjectNode versions = JSON.createObjectNode();
    versions.put("comfyui", system.path("comfyui_version").asText("?"));
    versions.put("torch", system.path("pytorch_version").asText("?"));
    versions.put("python", system.path("python_version").asText("?"));
    lines.accept(
        "ComfyUI %s, torch %s"
            .formatted(versions.path("comfyui").asText(), versions.path("torch").asText()));
    return versions;
  }

  /** The longest video of one size: without an image's worth of steps, which take no memory. */
  private ObjectNode limit(String size, GpuTrials trials)
      throws IOException, MediaException, InterruptedException {
    ObjectNode limit = JSON.createObjectNode().put("size", size).putNull("longest_seconds");
    for (double seconds : trials.limitSeconds()) {
      ObjectNode video = tried(GpuTrials.trial(Mode.AUDIO_GEN, size, "fast", seconds), 1);
      if (video.has("error")) {
        boolean full = video.path("code").asText().equals(ErrorCode.OUT_OF_MEMORY.name());
        limit.put(full ? "out_of_memory_at_seconds" : "failed_at_seconds", seconds);
        break;
      }
      limit.put("longest_seconds", seconds).put("frames", video.path("frames").asInt());
      limit.put("vram_peak_mib", video.path("vram_peak_mib").asLong());
    }
    return limit;
  }

  /**
   * One video.
   *
   * @param steps of the sampler; 0 for the preset's
   */
  private ObjectNode tried(Trial trial, int steps)
      throws IOException, MediaException, InterruptedException {
    ObjectNode video =
        JSON.createObjectNode()
            .put("mode", trial.mode().label())
            .put("size", trial.width() + "x" + trial.height())
            .put("preset", trial.preset())
            .put("seconds", trial.seconds());
    try (PeakMeter peaks = PeakMeter.start(probe, Clock.SYSTEM)) {
      try {
        add(video, answer(trial, steps));
      } catch (JobFailure e) {
        video.put("error", e.getMessage()).put("code", e.code().name());
      }
      video.put("vram_peak_mib", peaks.gpuMebibytes()).put("host_peak_mb", peaks.hostMegabytes());
    }
    lines.accept(line(video));
    return video;
  }

  private JsonNode answer(Trial trial, int steps)
      throws JobFailure, IOException, MediaException, InterruptedException {
    Job job = new Job("verify-gpu-" + ++number, input(trial, steps));
    try (Answer answer = jobs.run(job, ProgressListener.NONE)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator out = JSON.createGenerator(bytes)) {
        answer.writeTo(out);
      }
      return JSON.readTree(bytes.toByteArray()).path("output");
    }
  }

  private static void add(ObjectNode video, JsonNode output) {
    JsonNode timings = output.at("/details/timings");
    video.put("frames", output.path("frames").asInt());
    video.put("resolution", output.path("resolution").asText());
    video.put("video_size_bytes", output.path("video_size_bytes").asLong());
    video.set("timings", timings);
    video.put("attempts", output.at("/details/attempts").asInt());
    video.put("engine", output.at("/details/engine").asText());
  }

  /** A new seed each time, or ComfyUI would not sample again. */
  private ObjectNode input(Trial trial, int steps)
      throws IOException, MediaException, InterruptedException {
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    input.put("width", trial.width()).put("height", trial.height()).put("seed", number);
    input.put("quality_preset", trial.preset());
    if (steps > 0) {
      input.put("steps", steps);
    }
    if (trial.mode().multiframe()) {
      for (int i = 0; i < 3; i++) {
        input.withArray("keyframes").addObject().put("image_url", "pattern.png");
      }
    } else {
      input.put("image_url", "pattern.png");
    }
    return trial.mode().lipSync()
        ? input.put("audio_url", audio(trial.seconds()))
        : input.put("duration", trial.seconds());
  }

  private String audio(double seconds) throws IOException, MediaException, InterruptedException {
    String name = "hum-" + Math.round(seconds * 10) + ".flac";
    float[] samples = new float[(int) (seconds * RATE)];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) Math.sin(i * 2 * Math.PI * 220 / RATE) / 4;
    }
    AudioWriter.flac(inputs.resolve(name), samples, RATE);
    return name;
  }

  private static String line(ObjectNode video) {
    String head =
        String.format(
            Locale.ROOT,
            "%-4s  %-9s  %-6s  %7.1f  ",
            video.path("mode").asText(),
            video.path("size").asText(),
            video.path("preset").asText(),
            video.path("seconds").asDouble());
    if (video.has("error")) {
      return head + video.path("code").asText() + ": " + video.path("error").asText();
    }
    JsonNode timings = video.path("timings");
    double generate = timings.path("generate").asDouble();
    double total = timings.path("total").asDouble();
    return head
        + String.format(
            Locale.ROOT,
            "%6d  %8.1f  %5.2f  %7.1f  %8d  %7d",
            video.path("frames").asInt(),
            generate,
            total - generate - timings.path("queue").asDouble(),
            total,
            video.path("vram_peak_mib").asLong(),
            video.path("host_peak_mb").asLong());
  }
}
