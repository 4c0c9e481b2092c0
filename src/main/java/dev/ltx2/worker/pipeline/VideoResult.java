package dev.ltx2.worker.pipeline;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.storage.Stored;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.util.List;

/**
 * The answer of the API for a finished job. Closing it deletes the job's files, among them one that
 * {@link #writeTo} may still have to read: close it when the answer has been written.
 */
public final class VideoResult implements Answer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final ObjectNode fields;
  private final Stored stored;
  private final Runnable files;

  private VideoResult(ObjectNode fields, Stored stored, Runnable files) {
    this.fields = fields;
    this.stored = stored;
    this.files = files;
  }

  /** The finished file, and where it is. */
  record DeliveredVideo(Mp4 video, Stored stored) {}

  /**
   * How it was made.
   *
   * @param engine comfyui or rehearsal
   * @param attempts prompts that were run for it
   */
  record Making(String engine, int attempts, Timings timings) {}

  /**
   * The success object of docs/api.md; figures come from the delivered file.
   *
   * @param files deletes the job's files, and does not throw
   */
  static VideoResult of(
      GenerationRequest request,
      GenerationPlan plan,
      DeliveredVideo delivered,
      Making making,
      Runnable files) {
    ObjectNode output = JSON.createObjectNode();
    putPlace(output, delivered.stored);
    putVideo(output, delivered.video, plan);
    output.put("seed", plan.seed());
    output.put("quality_preset", request.qualityPreset());
    switch (plan.mode()) {
      case LIPSYNC -> {}
      case AUDIO_GEN -> output.put("mode", "audio_gen");
      case MULTIFRAME_LIPSYNC, MULTIFRAME_AUDIO_GEN ->
          output.put("mode", plan.mode().label()).put("keyframes", request.keyframes().size());
    }
    output.put("generation_time", tenths(making.timings.total().toMillis() / 1000.0));
    ObjectNode details = output.putObject("details");
    plan.warnings().forEach(details.putArray("warnings")::add);
    details.set("timings", making.timings.toJson());
    details.put("video_duration", Math.round(delivered.video.videoSeconds() * 1000) / 1000.0);
    List<Integer> guides = plan.guides().stream().map(Guide::frame).toList();
    guides.forEach(details.putArray("guide_frames")::add);
    details.put("attempts", making.attempts);
    details.put("engine", making.engine);
    details.put("model_set", plan.sampling().modelSet());
    return new VideoResult(output, delivered.stored, files);
  }

  /** Adds what the worker's start took to {@code details}. */
  void add(StartTimes times) {
    ObjectNode start = fields.withObject("/details").putObject("start");
    times.seconds().forEach(start::put);
    ObjectNode models = start.putObject("warm_up_by_model");
    times.warmUpSeconds().forEach(models::put);
  }

  private static void putPlace(ObjectNode output, Stored stored) {
    switch (stored) {
      case Stored.Uploaded(String videoUrl, var gcsUrl, var _, var storeError) -> {
        output.put("video_url", videoUrl).put("gcs_url", gcsUrl.orElse(null));
        storeError.ifPresent(error -> output.put("store_error", error));
      }
      case Stored.Local(var file, var _, var storeError, var gcsError) -> {
        output.put("video_url", file.toUri().toString()).putNull("gcs_url");
        gcsError.ifPresent(error -> output.put("gcs_error", error));
        storeError.ifPresent(error -> output.put("store_error", error));
      }
      case Stored.Inline(var _, String storeError, var gcsError) -> {
        output.putNull("video_url").putNull("gcs_url");
        gcsError.ifPresent(error -> output.put("gcs_error", error));
        output.put("store_error", storeError);
      }
    }
    output.put("video_filename", fileName(stored));
  }

  private static void putVideo(ObjectNode output, Mp4 video, GenerationPlan plan) {
    output.put("video_size_bytes", video.bytes());
    output.put("resolution", video.width() + "x" + video.height());
    output.put("duration", tenths(plan.duration()) + "s");
    output.put("frames", video.frames());
    if (plan.mode() == Mode.AUDIO_GEN) {
      plan.audioFrames().ifPresent(frames -> output.put("audio_frames", frames));
    }
    output.put("fps", Math.round(video.fps()));
  }

  /** Writes {@code {"status":"success","output":{…}}}; a video inside it is streamed. */
  @Override
  public void writeTo(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("status", "success");
    out.writeObjectFieldStart("output");
    if (stored instanceof Stored.Inline(var file, var _, var _)) {
      out.writeFieldName("video_base64");
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
        out.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, in, (int) Files.size(file));
      }
    }
    for (var field : fields.properties()) {
      out.writeFieldName(field.getKey());
      JSON.writeTree(out, field.getValue());
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  /** How the video reaches the client. */
  public Stored stored() {
    return stored;
  }

  /** As stored: where the planned name was taken, the store has counted it up. */
  private static String fileName(Stored stored) {
    return switch (stored) {
      case Stored.Uploaded uploaded -> uploaded.fileName();
      case Stored.Local local -> local.fileName();
      case Stored.Inline(var file, var _, var _) -> file.getFileName().toString();
    };
  }

  private static BigDecimal tenths(double seconds) {
    return BigDecimal.valueOf(seconds).setScale(1, RoundingMode.HALF_UP);
  }

  @Override
  public void close() {
    files.run();
  }
}
