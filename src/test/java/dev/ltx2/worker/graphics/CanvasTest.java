package dev.ltx2.worker.graphics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CanvasTest {
  private static final int WHITE = 0xffffffff;

  private static Bitmap blank(int width, int height) {
    return new Bitmap(width, height);
  }

  /** Left, top, right and bottom of what is not black. */
  private static int[] bounds(Bitmap image) {
    int[] bounds = {image.width(), image.height(), -1, -1};
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        if ((image.rgb(x, y) & 0xff) > 100) {
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
    Bitmap image = blank(200, 100);
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
          Bitmap image = blank(24, 28);
          new Canvas(image).text(2, 6, 14, WHITE, Character.toString(c));
          StringBuilder shape = new StringBuilder();
          for (int y = 0; y < 28; y++) {
            for (int x = 0; x < 24; x++) {
              shape.append((char) (image.rgb(x, y) & 0xff));
            }
          }
          shapes.add(shape.toString());
        });
    assertThat(shapes).hasSize(94 + 8);
    assertThat(Glyphs.of('é')).isNotEqualTo(Glyphs.of(0x4e2d));
  }

  @Test
  void anUnknownCharacterIsABox() {
    Bitmap image = blank(60, 60);
    new Canvas(image).text(10, 10, 30, WHITE, "中");
    assertThat(bounds(image)[2]).isGreaterThan(20);
    assertThat(image.rgb(10 + 12, 25) & 0xff).as("hollow").isZero();
    assertThat(Canvas.textWidth(30, "中")).isPositive();
    assertThat(Canvas.textWidth(30, "")).isZero();
  }

  @Test
  void rectanglesBlend() {
    Bitmap image = blank(10, 10);
    Canvas canvas = new Canvas(image);
    canvas.rectangle(0, 0, 10, 10, 0xff000000);
    canvas.rectangle(2, 2, 4, 4, 0x80ff0000);
    assertThat(image.rgb(3, 3) >> 16 & 255).isBetween(126, 130);
    assertThat(image.rgb(8, 8) & 0xffffff).isZero();
  }

  @Test
  void imagesAreLetterboxed() {
    Bitmap white = blank(1280, 736);
    new Canvas(white).rectangle(0, 0, 1280, 736, WHITE);
    Bitmap image = blank(300, 300);
    new Canvas(image).image(white, 50, 50, 200, 200);
    int[] bounds = bounds(image);
    assertThat(bounds[0]).isEqualTo(50);
    assertThat(bounds[2]).isEqualTo(249);
    assertThat(bounds[3] - bounds[1] + 1).isBetween(114, 116);
    assertThat(bounds[1] + bounds[3]).isBetween(298, 300);
  }

  /** Lines of one pixel in a large image are still there, as grey, in a small one. */
  @Test
  void shrinkingAverages() {
    Bitmap stripes = blank(512, 512);
    Canvas canvas = new Canvas(stripes);
    for (int x = 0; x < 512; x += 2) {
      canvas.rectangle(x, 0, 1, 512, WHITE);
    }
    Bitmap image = blank(50, 50);
    new Canvas(image).image(stripes, 0, 0, 50, 50);
    assertThat(image.rgb(25, 25) & 255).isBetween(110, 145);
  }
}
