package dev.ltx2.worker.sweep;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.request.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The requests of a sweep: cells that every set and mode must get right, and random ones. */
final class SweepRequests {
  private static final double[] SPEECHES = {1, 1.3, 2, 5};
  private static final int RATE = 16_000;

  /** Makes the inputs in {@code folder}: speech of some lengths, images. */
  SweepRequests(Path folder) throws IOException, MediaException {
    for (double seconds : SPEECHES) {
      float[] hum = new float[(int) Math.round(seconds * RATE)];
      for (int i = 0; i < hum.length; i++) {
        hum[i] = (float) Math.sin(i * 2 * Math.PI * 220 / RATE) / 4;
      }
      AudioWriter.flac(folder.resolve("hum-" + seconds + ".flac"), hum, RATE);
    }
    Path media = Path.of("test-fixtures/media");
    for (int i = 1; i <= 3; i++) {
      Files.copy(media.resolve("keyframe-" + i + ".jpg"), folder.resolve("k" + i + ".jpg"));
    }
  }

  private static ObjectNode request(Mode mode, double seconds, int keyframes) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("seed", 11);
    if (mode.multiframe()) {
      for (int i = 0; i < keyframes; i++) {
        request.withArray("keyframes").addObject().put("image_url", "k%d.jpg".formatted(i % 3 + 1));
      }
    } else {
      request.put("image_url", "k1.jpg");
    }
    if (mode.lipSync()) {
      return request.put("audio_url", "hum-" + seconds + ".flac");
    }
    return request.put("duration", seconds);
  }

  private static ObjectNode small(Mode mode, int width, int height) {
    return request(mode, 1, 2)
        .put("width", width)
        .put("height", height)
        .put("fps", 8)
        .put("buffer_seconds", 0.5);
  }

  /** By name; at full size once, the others at 256 pixels or less. */
  Map<String, ObjectNode> cells(Mode mode) {
    Map<String, ObjectNode> cells = new LinkedHashMap<>();
    cells.put(
        "1280x736, full size",
        request(mode, 1, 2)
            .put("width", 1280)
            .put("height", 736)
            .put("fps", 8)
            .put("buffer_seconds", 0));
    // 1280x736, 1280x720, 736x1280, 1000x600 and 352x224, smaller
    for (int[] size : new int[][] {{256, 148}, {256, 144}, {148, 256}, {250, 150}, {176, 134}}) {
      cells.put("%dx%d".formatted(size[0], size[1]), small(mode, size[0], size[1]));
    }
    cells.put("F 181", sized(request(mode, 5, 3).put("fps", 30)));
    cells.put("1 fps", sized(request(mode, 1, 1).put("fps", 1).put("buffer_seconds", 0)));
    cells.put("60 fps", sized(request(mode, 2, 3).put("fps", 60).put("buffer_seconds", 0.5)));
    if (mode.multiframe()) {
      cells.put(
          "150 trimmed", sized(request(mode, 5, 3).put("fps", 30).put("trim_to_audio", true)));
      for (int count : new int[] {1, 2, 3, 4, 8, 9}) {
        cells.put(count + " keyframes", sized(request(mode, 2, count).put("fps", 24)));
      }
    }
    return cells;
  }

  private static ObjectNode sized(ObjectNode request) {
    return request.put("width", 128).put("height", 128);
  }

  /** A seeded request for a set: most are good, some are not. */
  ObjectNode random(Workflows set, Random random) {
    List<Mode> modes = new ArrayList<>(set.set().request().modes());
    modes.sort(null);
    Mode mode = modes.get(random.nextInt(modes.size()));
    ObjectNode request =
        request(
            mode, SPEECHES[random.nextInt(3)], 1 + random.nextInt(random.nextInt(6) == 0 ? 10 : 4));
    request.put("seed", random.nextLong(1L << 53)).put("width", side(random));
    request
        .put("height", side(random))
        .put("fps", random.nextInt(4) == 0 ? 30 : 1 + random.nextInt(24));
    request.put("buffer_seconds", random.nextInt(5) / 4.0).put("steps", 1 + random.nextInt(10));
    if (random.nextBoolean()) {
      request.put(
          "quality_preset",
          random.nextInt(12) == 0
              ? "best"
              : List.of("fast", "high", "ultra").get(random.nextInt(3)));
    }
    if (random.nextInt(3) == 0) {
      request.put("schedule", schedule(set, random));
    }
    if (random.nextInt(3) == 0) {
      request.put("lora_distilled", random.nextInt(3) / 2.0).put("lora_camera", random.nextInt(2));
    }
    if (random.nextInt(3) == 0) {
      request
          .put("img_compression", random.nextInt(51))
          .put("img_strength", random.nextInt(5) / 4.0);
    }
    if (mode.multiframe()) {
      keyframes(request, random);
    }
    if (mode.lipSync()) {
      request.put("speech_noise", random.nextInt(3) / 10.0);
    }
    return request;
  }

  private static void keyframes(ObjectNode request, Random random) {
    request.put("trim_to_audio", random.nextBoolean());
    request.put(
        "auto_buffer_guide", List.of("add_node", "extend_last", "none").get(random.nextInt(3)));
    request.put("frame_alignment", 1 << random.nextInt(5));
    request
        .path("keyframes")
        .forEach(keyframe -> {
          if (random.nextInt(3) > 0) {
            ((ObjectNode) keyframe).put("frame_position", random.nextInt(101) / 100.0);
            ((ObjectNode) keyframe).put("strength", random.nextInt(5) / 4.0);
          }
        });
  }

  /** Of the set, sometimes of another. */
  private static String schedule(Workflows set, Random random) {
    List<String> own = set.set().request().schedules();
    return random.nextInt(10) == 0 ? "simple" : own.get(random.nextInt(own.size()));
  }

  /** Mostly even, sometimes odd or too small. */
  private static int side(Random random) {
    return random.nextInt(8) == 0 ? 60 + random.nextInt(190) : 128 + 2 * random.nextInt(65);
  }
}
