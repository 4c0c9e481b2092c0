package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Graphs for tests, made of the recorded one, and the images it loads. */
final class Graphs {
  private Graphs() {}

  /** Three guides at 0, 24 and 48 of 49 frames, 256x192, 24 fps, 1 s of generated audio. */
  static ObjectNode multiframe() throws IOException {
    return Recording.read("success-multiframe").graph();
  }

  static void set(ObjectNode graph, String node, String input, Object value) {
    ((ObjectNode) graph.path(node).path("inputs")).set(input, Client.MAPPER.valueToTree(value));
  }

  static void link(ObjectNode graph, String node, String input, String source, int output) {
    ((ObjectNode) graph.path(node).path("inputs")).putArray(input).add(source).add(output);
  }

  static ObjectNode inputs(ObjectNode graph, String node) {
    return (ObjectNode) graph.path(node).path("inputs");
  }

  /** The first file that a node showed in a history entry. */
  static JsonNode file(JsonNode entry, String node) {
    JsonNode output = entry.path("outputs").path(node);
    return output.has("images") ? output.at("/images/0") : output.at("/audio/0");
  }

  static Path path(Path folder, JsonNode file) {
    return folder
        .resolve("output")
        .resolve(file.path("subfolder").asText())
        .resolve(file.path("filename").asText());
  }

  /** a.png green, b.jpg blue. */
  static void images(Path folder) throws IOException {
    Path input = Files.createDirectories(folder.resolve("input"));
    ImageIO.write(image(320, 240, Color.GREEN), "png", input.resolve("a.png").toFile());
    ImageIO.write(image(256, 192, Color.BLUE), "jpg", input.resolve("b.jpg").toFile());
  }

  /** k0.png to k9.png, of 192x128, for the recordings of two stages. */
  static void keyframes(Path folder) throws IOException {
    for (int i = 0; i < 10; i++) {
      Color colour = new Color(0, 25 * i, 255 - 25 * i);
      ImageIO.write(
          image(192, 128, colour), "png", folder.resolve("input/k" + i + ".png").toFile());
    }
  }

  static BufferedImage image(int width, int height, Color colour) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return image;
  }
}
