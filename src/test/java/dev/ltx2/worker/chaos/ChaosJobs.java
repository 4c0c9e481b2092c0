package dev.ltx2.worker.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;

/** The jobs of a run: most are small, some too big for an answer, some wrong. */
final class ChaosJobs {
  /** What a job is like. */
  enum Kind {
    /** A video that fits an answer. */
    SMALL,
    /** A video that only a store or the keep folder can take. */
    BIG,
    /** A request that must be refused. */
    WRONG
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NOISE = 1408;
  private static final int WHITE = 0xffffffff;
  private static final int BLACK = 0xff000000;
  private final int count;
  private final long seed;
  private final String image;
  private final String[] noise;

  ChaosJobs(int count, long seed) throws IOException {
    this.count = count;
    this.seed = seed;
    image = dataUri("jpeg", Files.readAllBytes(Path.of("test-fixtures/media/keyframe-1.jpg")));
    noise = new String[] {noise(1), noise(2)};
  }

  int count() {
    return count;
  }

  static String id(int job) {
    return "job-%03d".formatted(job);
  }

  static int number(String id) {
    return Integer.parseInt(id.substring(id.indexOf('-') + 1));
  }

  Kind kind(int job) {
    // Every run has some of each, in an order of its own
    return switch (Math.floorMod(job * 7L + seed, 10)) {
      case 0, 5 -> Kind.BIG;
      case 3 -> Kind.WRONG;
      default -> Kind.SMALL;
    };
  }

  /** The request's {@code input}. */
  String input(int job) {
    ObjectNode input = JSON.createObjectNode().put("buffer_seconds", 0).put("steps", 1);
    switch (kind(job)) {
      case SMALL -> input.put("image_url", image).put("duration", 1 + job % 2).put("fps", 4);
      case WRONG -> input.put("image_url", image).put("duration", 99).put("fps", 4);
      case BIG -> {
        input.put("duration", 1).put("fps", 16);
        for (String image : noise) {
          input.withArray("keyframes").addObject().put("image_url", image);
        }
      }
    }
    boolean big = kind(job) == Kind.BIG;
    return input.put("width", big ? NOISE : 256).put("height", big ? NOISE : 192).toString();
  }

  /** Noise cannot be compressed: a cross-fade between two such images makes 8 MB a second. */
  private static String noise(long seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(NOISE, NOISE, BufferedImage.TYPE_BYTE_BINARY);
    for (int i = 0; i < NOISE * NOISE; i++) {
      image.setRGB(i % NOISE, i / NOISE, random.nextBoolean() ? WHITE : BLACK);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return dataUri("png", bytes.toByteArray());
  }

  private static String dataUri(String type, byte[] bytes) {
    return "data:image/" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }
}
