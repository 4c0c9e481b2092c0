package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.pipeline.VideoGenerator;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.VideoResult;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;

/** The worker's own time per job, by stage, with inputs over loopback HTTP. */
final class JobBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JobBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    try (Bed bed = new Bed(work)) {
      List<Row> rows = new ArrayList<>();
      List<JsonNode> large =
          bed.timings(runs, bed.keyframes(3).put("audio_url", bed.url("speech.mp3")));
      for (String stage : List.of("download", "mux", "store")) {
        rows.add(row("job 3a, 5 s 1280x736: " + stage, stage, large, ""));
      }
      rows.add(ownRow("job 3a, 5 s 1280x736: " + OWN, large));
      rows.add(ownRow("job 1, 3 s 256x192: " + OWN, bed.timings(runs, bed.small())));
      ObjectNode nine = bed.keyframes(9).put("duration", 1).put("width", 128).put("height", 96);
      nine.withArray("keyframes").forEach(keyframe -> slow((ObjectNode) keyframe));
      rows.add(
          row(
              "nine keyframes at 0.3 s each: download",
              "download",
              bed.timings(runs, nine),
              "<= 500 ms"));
      return rows;
    }
  }

  /** A worker, its rehearsal of ComfyUI, and a server of inputs. */
  static final class Bed implements AutoCloseable {
    private final MockWebServer server;
    private final Rehearsal rehearsal;
    private final ComfyUi comfyUi;
    private final VideoJob job;

    Bed(Path work) throws Exception {
      Path folder = work.resolve("comfyui");
      server = inputs(work);
      rehearsal = LtxRehearsal.start(folder);
      comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM);
      job =
          new VideoJob(
              new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), Clock.SYSTEM),
              new VideoGenerator(
                  "rehearsal",
                  Workflows.load(Path.of("workflows/ltx-2")),
                  comfyUi,
                  Duration.ofMinutes(5),
                  Clock.SYSTEM),
              (id, video, name, _, _) -> {
                try {
                  return new Stored.Local(
                      Files.copy(video, work.resolve(name), StandardCopyOption.REPLACE_EXISTING));
                } catch (IOException e) {
                  throw new StorageException("not stored", e);
                }
              },
              Clock.SYSTEM,
              new Random(1));
    }

    URI comfyUi() {
      return rehearsal.url();
    }

    String url(String name) {
      return server.url("/" + name).toString();
    }

    ObjectNode small() {
      return JSON.createObjectNode()
          .put("image_url", url("portrait.jpg"))
          .put("audio_url", url("three-seconds.flac"))
          .put("width", 256)
          .put("height", 192);
    }

    ObjectNode keyframes(int count) {
      ObjectNode request = JSON.createObjectNode();
      for (int i = 0; i < count; i++) {
        request
            .withArray("keyframes")
            .addObject()
            .put("image_url", url("keyframe-" + (i % 3 + 1) + ".jpg"));
      }
      return request;
    }

    /** After one that is not counted. */
    List<JsonNode> timings(int runs, ObjectNode request) throws Exception {
      List<JsonNode> timings = new ArrayList<>();
      for (int i = 0; i <= runs; i++) {
        timings.add(run(job, request, i));
      }
      return timings.subList(1, timings.size());
    }

    @Override
    public void close() {
      comfyUi.close();
      rehearsal.close();
      server.close();
    }
  }

  private static final String OWN = "own time (total - queue - generate)";

  private static Row ownRow(String name, List<JsonNode> timings) {
    return new Row(name, "ms", owns(timings), "<= 120 ms");
  }

  static double[] owns(List<JsonNode> timings) {
    return timings.stream().mapToDouble(JobBench::own).toArray();
  }

  private static Row row(String name, String stage, List<JsonNode> timings, String target) {
    double[] values = timings.stream().mapToDouble(t -> t.path(stage).asDouble() * 1000).toArray();
    return new Row(name, "ms", values, target);
  }

  private static void slow(ObjectNode keyframe) {
    keyframe.put("image_url", keyframe.path("image_url").asText() + "?slow");
  }

  private static double own(JsonNode timings) {
    return 1000
        * (timings.get("total").asDouble()
            - timings.get("queue").asDouble()
            - timings.get("generate").asDouble());
  }

  private static JsonNode run(VideoJob job, ObjectNode request, int number) throws Exception {
    try (VideoResult result =
        job.run(new Job("bench-" + number, request.deepCopy()), ProgressListener.NONE)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (var generator = JSON.createGenerator(bytes)) {
        result.writeTo(generator);
      }
      return JSON.readTree(bytes.toByteArray()).at("/output/details/timings");
    }
  }

  private static MockWebServer inputs(Path work) throws Exception {
    Path speech = MediaBench.audio(work.resolve("three-seconds.flac"), 3);
    MockWebServer server = new MockWebServer();
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            try {
              String name = request.getUrl().encodedPath().substring(1);
              Path file =
                  name.endsWith(".flac") ? speech : Path.of("test-fixtures/media").resolve(name);
              boolean slow = "slow".equals(request.getUrl().query());
              return new MockResponse.Builder()
                  .headersDelay(slow ? 300 : 0, TimeUnit.MILLISECONDS)
                  .body(new Buffer().write(Files.readAllBytes(file)))
                  .build();
            } catch (IOException e) {
              return new MockResponse.Builder().code(404).build();
            }
          }
        });
    server.start();
    return server;
  }
}
