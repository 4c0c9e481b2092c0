package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a graph's video shows and how long it is. */
class RehearsedVideoTest {
  @TempDir Path folder;
  private Rehearsal rehearsal;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    Graphs.images(folder);
    rehearsal = LtxRehearsal.start(folder);
    client = new Client(rehearsal.url());
  }

  @AfterEach
  void stop() {
    client.close();
    rehearsal.close();
  }

  /** The recorded graph with as many guides, 8 frames apart, and no cut after decoding. */
  private static ObjectNode guides(int count) throws IOException {
    ObjectNode graph = Graphs.multiframe();
    graph.remove(List.of("guide1", "guide2", "cut"));
    String last = "guide0";
    for (int i = 1; i < count; i++) {
      String id = "g" + i;
      ObjectNode guide = graph.path("guide0").deepCopy();
      graph.set(id, guide);
      Graphs.link(graph, id, "positive", last, 0);
      Graphs.link(graph, id, "negative", last, 1);
      Graphs.link(graph, id, "latent", last, 2);
      Graphs.set(graph, id, "frame_idx", 8 * i);
      last = id;
    }
    for (String node : List.of("cfg", "crop")) {
      Graphs.link(graph, node, "positive", last, 0);
      Graphs.link(graph, node, "negative", last, 1);
    }
    Graphs.link(graph, "av", "video_latent", last, 2);
    Graphs.link(graph, "vid", "images", "dec", 0);
    return graph;
  }

  private Path video(ObjectNode graph) throws IOException {
    return Graphs.path(folder, Graphs.file(run(graph), "save"));
  }

  private JsonNode run(ObjectNode graph) throws IOException {
    return client.history(client.prompt(graph).body().path("prompt_id").asText());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6})
  void withoutCropEachGuideAddsEightJunkFrames(int count)
      throws IOException, MediaException, InterruptedException {
    ObjectNode graph = guides(count);
    assertThat(Mp4.measure(video(graph)).frames()).isEqualTo(49);
    Graphs.link(graph, "dec", "samples", "sep", 0);
    Path video = video(graph);
    assertThat(Mp4.measure(video).frames()).isEqualTo(49 + 8 * count);
    Bitmap junk = ImageReader.frames(video, List.of(48 + 8 * count)).getFirst();
    assertThat(centre(junk).getRed()).isGreaterThan(100);
  }

  @ParameterizedTest
  @CsvSource({"181, 177", "185, 185", "1, 1", "9, 9", "16, 9"})
  void lengthsAreFlooredToEightKPlusOne(int asked, int frames) throws Exception {
    ObjectNode graph = guides(1);
    Graphs.set(graph, "lat", "length", asked);
    assertThat(Mp4.measure(video(graph)).frames()).isEqualTo(frames);
  }

  @Test
  void keyframesHoldAtTheirFrameAndFadeBetween() throws Exception {
    ObjectNode graph = Graphs.multiframe();
    Graphs.set(graph, "guide1", "strength", 1.0);
    List<Bitmap> frames = ImageReader.frames(video(graph), List.of(0, 12, 24, 48));
    assertThat(centre(frames.get(0)).getGreen()).isGreaterThan(200);
    assertThat(centre(frames.get(0)).getBlue()).isLessThan(60);
    assertThat(centre(frames.get(1)).getGreen()).isBetween(80, 190);
    assertThat(centre(frames.get(1)).getBlue()).isBetween(80, 190);
    assertThat(centre(frames.get(2)).getBlue()).isGreaterThan(200);
    assertThat(centre(frames.get(3)).getBlue()).as("weaker, so darker").isBetween(150, 235);
  }

  @Test
  void theFirstImageHoldsTheVideoOfModesWithoutKeyframes() throws Exception {
    ObjectNode graph = Recording.read("interrupted").graph();
    Graphs.set(graph, "sig", "steps", 2);
    Path file = video(graph);
    assertThat(Mp4.measure(file).frames()).isEqualTo(97);
    Color last = centre(ImageReader.frames(file, List.of(96)).getFirst());
    assertThat(last.getGreen()).isGreaterThan(200);
  }

  @Test
  void imagesAreLetterboxedAsTheNodeDoes() throws Exception {
    ObjectNode graph = guides(1);
    Graphs.set(graph, "lat", "width", 512);
    Graphs.set(graph, "rs0", "target_width", 512);
    Bitmap frame = ImageReader.frames(video(graph), List.of(0)).getFirst();
    assertThat(new Color(frame.rgb(30, 96)).getGreen()).as("bar").isLessThan(40);
    assertThat(centre(frame).getGreen()).isGreaterThan(200);
  }

  @Test
  void aGuideBeyondTheVideoFailsInItsNode() throws Exception {
    ObjectNode graph = Graphs.multiframe();
    Graphs.set(graph, "guide1", "frame_idx", 9000);
    JsonNode entry = run(graph);
    JsonNode error = entry.at("/status/messages/2");
    assertThat(error.get(0).asText()).isEqualTo("execution_error");
    assertThat(error.at("/1/node_id").asText()).isEqualTo("guide1");
    assertThat(error.at("/1/exception_message").asText())
        .isEqualTo("Conditioning frames exceed the length of the latent sequence.\n");
  }

  @Test
  void aNodeItDoesNotPerformSaysSo() throws Exception {
    ObjectNode graph = Graphs.multiframe();
    ObjectNode scheduler = graph.putObject("sig");
    scheduler
        .put("class_type", "LTXVScheduler")
        .putObject("inputs")
        .put("steps", 2)
        .put("max_shift", 2.05)
        .put("base_shift", 0.95)
        .put("stretch", true)
        .put("terminal", 0.1);
    JsonNode error = run(graph).at("/status/messages/2/1");
    assertThat(error.path("exception_message").asText())
        .startsWith("The rehearsal does not perform LTXVScheduler");
  }

  @Test
  void sixSecondsAt1280By736ArePainted() throws Exception {
    ObjectNode graph = Graphs.multiframe();
    for (String node : List.of("rs0", "rs1", "rs2")) {
      Graphs.set(graph, node, "target_width", 1280);
      Graphs.set(graph, node, "target_height", 736);
    }
    Graphs.set(graph, "lat", "width", 1280);
    Graphs.set(graph, "lat", "height", 736);
    Graphs.set(graph, "lat", "length", 185);
    Graphs.set(graph, "cut", "length", 181);
    assertThat(Mp4.measure(video(graph)).frames()).isEqualTo(181);
  }

  private static Color centre(Bitmap image) {
    return new Color(image.rgb(image.width() / 2, image.height() / 2));
  }
}
