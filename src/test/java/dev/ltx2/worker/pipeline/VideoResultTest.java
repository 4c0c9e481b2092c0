package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.plan.OneStage;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestJson;
import dev.ltx2.worker.storage.Stored;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The success object, of figures that are known. */
class VideoResultTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Stored AT_HOST =
      new Stored.Uploaded("https://h/a.mp4", Optional.empty(), "a.mp4", Optional.empty());
  @TempDir Path temp;

  private static GenerationRequest request() throws Exception {
    return GenerationRequest.parse(
        RequestJson.read(
            """
            {"duration": 5, "keyframes": [{"image_url": "https://e.org/a.png"},
             {"image_url": "https://e.org/b.png"}], "height": 80}\
            """));
  }

  private static VideoResult result(Stored stored, Runnable files) throws Exception {
    GenerationRequest request = request();
    Duration none = Duration.ZERO;
    return VideoResult.of(
        request,
        OneStage.plan(request, 5, 42),
        new VideoResult.DeliveredVideo(new Mp4(1280, 96, 29.97, 150, 5.00512, 5.01, 777), stored),
        new VideoResult.Making(
            "comfyui", 2, new Timings(none, none, none, none, none, Duration.ofMillis(61_250))),
        files);
  }

  /** Between others: a generator that is closed would end the objects by itself. */
  private static JsonNode output(Stored stored) throws Exception {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartArray();
      result(stored, () -> {}).writeTo(out);
      out.writeNumber(7);
      out.writeEndArray();
    }
    JsonNode array = JSON.readTree(text.toString());
    assertThat(array).hasSize(2);
    assertThat(array.path(0).path("status").asText()).isEqualTo("success");
    assertThat(array.path(1).asInt()).isEqualTo(7);
    return array.path(0).path("output");
  }

  @Test
  void figuresComeFromTheDeliveredFile() throws Exception {
    JsonNode output = output(AT_HOST);
    assertThat(output.path("video_size_bytes").asLong()).isEqualTo(777);
    assertThat(output.path("resolution").asText()).isEqualTo("1280x96");
    assertThat(output.path("duration").asText()).isEqualTo("5.0s");
    assertThat(output.path("frames").asInt()).isEqualTo(150);
    assertThat(output.path("fps").asInt()).isEqualTo(30);
    assertThat(output.path("seed").asLong()).isEqualTo(42);
    assertThat(output.path("mode").asText()).isEqualTo("3b");
    assertThat(output.path("keyframes").asInt()).isEqualTo(2);
    assertThat(output.path("generation_time").asDouble()).isEqualTo(61.3);
    JsonNode details = output.path("details");
    assertThat(details.path("video_duration").asDouble()).isEqualTo(5.005);
    assertThat(details.path("attempts").asInt()).isEqualTo(2);
    assertThat(details.path("engine").asText()).isEqualTo("comfyui");
    assertThat(details.path("warnings").path(0).asText()).startsWith("height 80 is rounded");
    GenerationPlan plan = OneStage.plan(request(), 5, 42);
    List<Integer> guides = new ArrayList<>();
    details.path("guide_frames").forEach(frame -> guides.add(frame.asInt()));
    assertThat(guides)
        .hasSizeGreaterThan(1)
        .isEqualTo(plan.guides().stream().map(Guide::frame).toList());
  }

  /** A client that finds no video where it asked for it reads why. */
  @Test
  void saysWhereTheVideoIsAndWhyNotElsewhere() throws Exception {
    JsonNode usual = output(AT_HOST);
    assertThat(usual.path("video_url").asText()).isEqualTo("https://h/a.mp4");
    assertThat(usual.path("gcs_url").isNull()).isTrue();
    assertThat(usual.has("store_error")).isFalse();

    JsonNode instead =
        output(
            new Stored.Uploaded(
                "https://h/a.mp4", Optional.of("gs://v/a.mp4"), "a.mp4", Optional.of("403")));
    assertThat(instead.path("gcs_url").asText()).isEqualTo("gs://v/a.mp4");
    assertThat(instead.path("store_error").asText()).isEqualTo("403");

    Path file = Files.write(temp.resolve("b.mp4"), new byte[] {1, 2, 3});
    JsonNode local =
        output(new Stored.Local(file, "c.mp4").because(Optional.of("S3: 403"), Optional.empty()));
    assertThat(local.path("video_url").asText()).isEqualTo(file.toUri().toString());
    assertThat(local.path("video_filename").asText()).isEqualTo("c.mp4");
    assertThat(local.path("store_error").asText()).isEqualTo("S3: 403");
    assertThat(local.has("gcs_error")).isFalse();

    JsonNode inline = output(new Stored.Inline(file, "all failed", Optional.of("GCS: 403")));
    assertThat(inline.path("video_url").isNull()).isTrue();
    assertThat(inline.path("video_base64").binaryValue()).containsExactly(1, 2, 3);
    assertThat(inline.path("store_error").asText()).isEqualTo("all failed");
    assertThat(inline.path("gcs_error").asText()).isEqualTo("GCS: 403");
    assertThat(inline.path("video_filename").asText()).isEqualTo("b.mp4");
  }

  @Test
  void whatTheStartTookIsToldByPhaseAndModel() throws Exception {
    StartTimes times = new StartTimes(ManualTime.frozen(), Duration.ZERO);
    times.took(StartTimes.StartPhase.WARM_UP, Duration.ofMillis(12_500));
    times.warmed("checkpoint", Duration.ofSeconds(9));
    VideoResult result = result(AT_HOST, () -> {});
    result.add(times);
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      result.writeTo(out);
    }
    assertThat(JSON.readTree(text.toString()).at("/output/details/start").toString())
        .isEqualTo("{\"warm_up\":12.5,\"warm_up_by_model\":{\"checkpoint\":9.0}}");
  }

  @Test
  void theJobsFilesGoWhenItIsClosed() throws Exception {
    List<String> gone = new ArrayList<>();
    VideoResult result = result(AT_HOST, () -> gone.add("files"));
    assertThat(gone).isEmpty();
    result.close();
    assertThat(gone).containsExactly("files");
  }
}
