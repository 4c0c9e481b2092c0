package dev.ltx2.worker.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CanvasTest {
  private static final int WHITE = 0xffffffff;

  private static BufferedImage blank(int width, int height) {
    return new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
  }

  /** Left, top, right and bottom of what is not black. */
  private static int[] bounds(BufferedImage image) {
    int[] bounds = {image.getWidth(), image.getHeight(), -1, -1};
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        if ((image.getRGB(x, y) & 0xff) > 100) {
          bounds[0] = Math.min(bounds[0], x);
          bounds[1] = Math.min(bounds[1], y);
          bounds[2] = Math.max(bounds[2], x);
          bounds[3] = Math.max(bounds[3], y);
        }
      }
    }
    return bounds;
  }

  @Test
  void capitalsAreAsHighAsAsked() {
    BufferedImage image = blank(200, 100);
    new Canvas(image).text(10, 20, 40, WHITE, "HE");
    int[] bounds = bounds(image);
    assertThat(bounds[1]).isEqualTo(20);
    assertThat(bounds[3]).isEqualTo(59);
    assertThat(bounds[0]).isBetween(11, 16);
    assertThat((double) bounds[2]).isLessThan(10 + Canvas.textWidth(40, "HE"));
    assertThat((double) bounds[2]).isGreaterThan(10 + Canvas.textWidth(40, "HE") - 8);
  }

  @Test
  void everyPrintableCharacterHasItsOwnShape() {
    Set<String> shapes = new TreeSet<>();
    IntStream.concat(IntStream.rangeClosed('!', '~'), "°·×…–—→é".chars())
        .forEach(c -> {
          BufferedImage image = blank(24, 28);
          new Canvas(image).text(2, 6, 14, WHITE, Character.toString(c));
          StringBuilder shape = new StringBuilder();
          for (int y = 0; y < 28; y++) {
            for (int x = 0; x < 24; x++) {
              shape.append((char) (image.getRGB(x, y) & 0xff));
            }
          }
          shapes.add(shape.toString());
        });
    assertThat(shapes).hasSize(94 + 8);
    assertThat(Glyphs.of('é')).isNotEqualTo(Glyphs.of(0x4e2d));
  }

  @Test
  void anUnknownCharacterIsABox() {
    BufferedImage image = blank(60, 60);
    new Canvas(image).text(10, 10, 30, WHITE, "中");
    assertThat(bounds(image)[2]).isGreaterThan(20);
    assertThat(image.getRGB(10 + 12, 25) & 0xff).as("hollow").isZero();
    assertThat(Canvas.textWidth(30, "中")).isPositive();
    assertThat(Canvas.textWidth(30, "")).isZero();
  }

  @Test
  void rectanglesBlend() {
    BufferedImage image = blank(10, 10);
    Canvas canvas = new Canvas(image);
    canvas.rectangle(0, 0, 10, 10, 0xff000000);
    canvas.rectangle(2, 2, 4, 4, 0x80ff0000);
    assertThat(image.getRGB(3, 3) >> 16 & 255).isBetween(126, 130);
    assertThat(image.getRGB(8, 8) & 0xffffff).isZero();
  }

  @Test
  void picturesAreLetterboxed() {
    BufferedImage white = blank(1280, 736);
    new Canvas(white).rectangle(0, 0, 1280, 736, WHITE);
    BufferedImage image = blank(300, 300);
    new Canvas(image).picture(white, 50, 50, 200, 200);
    int[] bounds = bounds(image);
    assertThat(bounds[0]).isEqualTo(50);
    assertThat(bounds[2]).isEqualTo(249);
    assertThat(bounds[3] - bounds[1] + 1).isBetween(114, 116);
    assertThat(bounds[1] + bounds[3]).isBetween(298, 300);
  }

  /** Lines of one pixel in a large picture are still there, as grey, in a small one. */
  @Test
  void shrinkingAverages() {
    BufferedImage stripes = blank(512, 512);
    Canvas canvas = new Canvas(stripes);
    for (int x = 0; x < 512; x += 2) {
      canvas.rectangle(x, 0, 1, 512, WHITE);
    }
    BufferedImage image = blank(50, 50);
    new Canvas(image).picture(stripes, 0, 0, 50, 50);
    assertThat(image.getRGB(25, 25) & 255).isBetween(110, 145);
  }

  /** The library of AWT's fonts needs freetype; a JVM that only drew must not have loaded it. */
  @Test
  void needsNoFontLibrary() throws IOException, InterruptedException {
    Process drawing =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Draws.class.getName())
            .redirectErrorStream(true)
            .start();
    String maps = new String(drawing.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(drawing.waitFor()).as(maps).isZero();
    assertThat(maps).contains("libawt.so").doesNotContain("libfreetype", "libfontconfig");
  }

  /** Draws, and prints the libraries that are loaded then. */
  static final class Draws {
    public static void main(String[] args) throws IOException {
      BufferedImage image = blank(100, 100);
      Canvas canvas = new Canvas(image);
      canvas.text(5, 5, 20, WHITE, "Text…");
      canvas.rectangle(1, 1, 5, 5, 0x80ff0000);
      canvas.picture(blank(500, 300), 0, 50, 100, 50);
      System.out.println(Files.readString(Path.of("/proc/self/maps")));
    }
  }
}
