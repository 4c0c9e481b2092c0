package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The handler of github.com/runpod-workers/worker-comfyui on the same ComfyUI with the same graph.
 * It gets the files in the job and answers with base64; it neither downloads nor muxes nor trims.
 */
final class PeerBench {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Path IMAGE = Path.of("test-fixtures/media/portrait.jpg");

  private PeerBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    String peer = System.getenv("PEER_HANDLER");
    if (peer == null) {
      System.out.println("peer: left out; PEER_HANDLER is the folder of a clone of worker-comfyui");
      return List.of();
    }
    try (JobBench.Bed bed = new JobBench.Bed(work)) {
      double[] own = JobBench.owns(bed.timings(runs, bed.small()));
      Path graph = work.resolve("graph.json");
      JSON.writeValue(graph.toFile(), graph(work));
      byte[] times =
          output(
              work,
              "/usr/bin/python3",
              "test-fixtures/bench/peer.py",
              peer,
              bed.comfyUi().getAuthority(),
              String.valueOf(runs),
              graph.toString(),
              IMAGE.toString(),
              work.resolve("three-seconds.flac").toString());
      double[] theirs = JSON.readValue(times, double[].class);
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        ratios.add(own[i] / theirs[i]);
      }
      return List.of(
          new Row("job 1, 3 s 256x192: worker-comfyui's handler, own time", "ms", theirs, ""),
          new Row("job 1, 3 s 256x192: own time / worker-comfyui's", "ratio", ratios, ""));
    }
  }

  /** The graph of {@link JobBench.Bed#small}, with the peer's file names. */
  private static JsonNode graph(Path work) throws Exception {
    Path request = work.resolve("request.json");
    ObjectNode small =
        JSON.createObjectNode()
            .put("image_url", IMAGE.toAbsolutePath().toString())
            .put("audio_url", work.resolve("three-seconds.flac").toString())
            .put("width", 256)
            .put("height", 192);
    JSON.writeValue(request.toFile(), small);
    JsonNode graph =
        JSON.readTree(output(work, "scripts/worker", "plan", "--graph", request.toString()));
    for (JsonNode node : graph) {
      ObjectNode inputs = (ObjectNode) node.path("inputs");
      switch (node.path("class_type").asText()) {
        case "LoadImage" -> inputs.put("image", "peer.png");
        case "LoadAudio" -> inputs.put("audio", "peer.flac");
        default -> {}
      }
    }
    return graph;
  }

  private static byte[] output(Path work, String... command) throws Exception {
    Path log = work.resolve("peer.log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    byte[] output = process.getInputStream().readAllBytes();
    if (process.waitFor() != 0) {
      throw new IOException(Files.readString(log));
    }
    return output;
  }
}
