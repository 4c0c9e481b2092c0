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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;

/** The worker's own time per job, by stage: 5 s at 1280x736, inputs over loopback HTTP. */
final class JobBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JobBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    Path folder = work.resolve("comfyui");
    try (MockWebServer server = inputs();
        Rehearsal rehearsal = LtxRehearsal.start(folder);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      VideoJob job =
          new VideoJob(
              new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), Clock.SYSTEM),
              new VideoGenerator(
                  "rehearsal",
                  Workflows.load(Path.of("workflows/ltx-2")),
                  comfyUi,
                  Duration.ofMinutes(5),
                  Clock.SYSTEM),
              (id, video, name, _) -> {
                try {
                  return new Stored.Local(
                      Files.copy(video, work.resolve(name), StandardCopyOption.REPLACE_EXISTING));
                } catch (IOException e) {
                  throw new StorageException("not stored", e);
                }
              },
              Clock.SYSTEM,
              new Random(1));
      run(job, server, 0);
      List<JsonNode> timings = new ArrayList<>();
      for (int i = 1; i <= runs; i++) {
        timings.add(run(job, server, i));
      }
      List<Row> rows = new ArrayList<>();
      for (String stage : List.of("download", "mux", "store")) {
        rows.add(
            new Row(
                "job 3a, 5 s 1280x736: " + stage,
                "ms",
                timings.stream().mapToDouble(t -> t.get(stage).asDouble() * 1000).toArray(),
                ""));
      }
      rows.add(
          new Row(
              "job 3a, 5 s 1280x736: own time (total - queue - generate)",
              "ms",
              timings.stream().mapToDouble(JobBench::own).toArray(),
              "<= 150 ms"));
      return rows;
    }
  }

  private static double own(JsonNode timings) {
    return 1000
        * (timings.get("total").asDouble()
            - timings.get("queue").asDouble()
            - timings.get("generate").asDouble());
  }

  private static JsonNode run(VideoJob job, MockWebServer server, int number) throws Exception {
    ObjectNode request = JSON.createObjectNode().put("audio_url", url(server, "speech.mp3"));
    for (int i = 1; i <= 3; i++) {
      request
          .withArray("keyframes")
          .addObject()
          .put("image_url", url(server, "keyframe-" + i + ".jpg"));
    }
    try (VideoResult result = job.run(new Job("bench-" + number, request), ProgressListener.NONE)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (var generator = JSON.createGenerator(bytes)) {
        result.writeTo(generator);
      }
      return JSON.readTree(bytes.toByteArray()).at("/output/details/timings");
    }
  }

  private static String url(MockWebServer server, String name) {
    return server.url("/" + name).toString();
  }

  private static MockWebServer inputs() throws IOException {
    MockWebServer server = new MockWebServer();
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            try {
              Path file = Path.of("test-fixtures/media" + request.getUrl().encodedPath());
              return new MockResponse.Builder()
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
