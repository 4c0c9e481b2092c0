package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.media.VideoWriter;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.storage.Stored;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a job without ComfyUI and without a store, on a video of some frames: Java loads its
 * classes at their first use and FFmpeg its libraries, which the first job would pay for. Done
 * while ComfyUI starts.
 */
final class Exercise {
  private static final Logger LOG = LoggerFactory.getLogger(Exercise.class);
  private static final int SIZE = 128;
  private static final int FPS = 8;
  private static final int RATE = 48_000;

  private final Downloads downloads;
  private final VideoGenerator generator;
  private final Clock time;

  Exercise(Downloads downloads, VideoGenerator generator, Clock time) {
    this.downloads = downloads;
    this.generator = generator;
    this.time = time;
  }

  /** Nothing depends on it: what fails here fails again in the first job, which says it. */
  void run() {
    long start = time.nanos();
    try (TempFolder work = TempFolder.create()) {
      exercise(work);
      LOG.info("Exercised the way of a job in {} s", time.since(start).toMillis() / 1000.0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("Cannot exercise the way of a job: {}", ExplainedException.words(e));
    }
  }

  private void exercise(TempFolder work) throws Exception {
    GenerationRequest request = generator.modelSet().parse(input(work), downloads.accepted());
    Inputs inputs = downloads.fetch(request, work.folder("inputs"));
    Path audio = inputs.audio().orElseThrow();
    Path heard = work.folder("heard").resolve("audio.wav");
    GenerationPlan plan = generator.modelSet().plan(request, RequestAudio.decode(audio, heard), 0);
    JobFiles names = JobFiles.of("exercise", inputs.withAudio(heard));
    generator.graph(plan, names.graphInputs(request));
    Path video = video(work.folder("generated").resolve("video.mp4"), plan.length());
    Path fitted = work.folder("audio").resolve("audio.m4a");
    Mp4.fitAudio(audio, (double) plan.deliveredFrames() / FPS, fitted);
    Path delivered = work.folder("delivered").resolve("video.mp4");
    Mp4 mp4 = Mp4.deliver(video, fitted, plan.deliveredFrames(), delivered);
    Timings timings =
        new Timings(
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO);
    VideoResult result =
        VideoResult.of(
            request,
            plan,
            new VideoResult.DeliveredVideo(mp4, new Stored.Inline(delivered, "")),
            new VideoResult.Making(generator.engine(), 1, timings),
            () -> {});
    try (JsonGenerator out = new ObjectMapper().createGenerator(OutputStream.nullOutputStream())) {
      result.writeTo(out);
    }
  }

  private ObjectNode input(TempFolder work) throws Exception {
    Path image = work.folder("drawn").resolve("image.png");
    ImageReader.write(Bitmap.testPattern(SIZE), image);
    Path audio = work.folder("drawn").resolve("audio.flac");
    AudioWriter.flac(audio, new float[RATE], RATE);
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    boolean single = generator.modelSet().request().modes().contains(Mode.LIPSYNC);
    (single ? input : input.putArray("keyframes").addObject())
        .put("image_url", data("image/png", image));
    input.put("audio_url", data("audio/flac", audio));
    return input.put("width", SIZE).put("height", SIZE).put("fps", FPS).put("steps", 1);
  }

  private static String data(String type, Path file) throws IOException {
    return "data:"
        + type
        + ";base64,"
        + Base64.getEncoder().encodeToString(Files.readAllBytes(file));
  }

  private static Path video(Path file, int frames) throws Exception {
    Bitmap frame = Bitmap.testPattern(SIZE);
    try (VideoWriter writer = new VideoWriter(file, SIZE, SIZE, FPS)) {
      for (int i = 0; i < frames; i++) {
        writer.add(frame);
      }
    }
    return file;
  }
}
