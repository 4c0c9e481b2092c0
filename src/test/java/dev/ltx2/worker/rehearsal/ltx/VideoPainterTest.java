package dev.ltx2.worker.rehearsal.ltx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.PlacedGuide;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.SamplerRun;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Scene;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Video;
import java.awt.Color;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written on a video is readable at any size. */
class VideoPainterTest {
  private static final int FRAMES = 33;
  private static final Image DARK = new Image(new Bitmap(64, 64));

  @TempDir private Path folder;

  /** DecodedFrames of a scene with 2 s of audio at 8 fps, so 16 of its frames are buffer. */
  private static DecodedFrames frames(int width, int height, int shown, List<Integer> guides) {
    SamplerRun how = new SamplerRun(8, 1, BigInteger.ONE, 0, 2, false);
    List<PlacedGuide> held =
        guides.stream().map(frame -> new PlacedGuide(DARK, frame, 1, 4)).toList();
    return new DecodedFrames(new Scene(width, height, FRAMES, 0, held, how), 0, shown);
  }

  private static Bitmap strip(DecodedFrames frames, int at) {
    Bitmap image = new Bitmap(frames.width(), frames.height());
    new TimelineStrip(frames, 8).draw(image.bgr(), at);
    return image;
  }

  private static boolean white(Bitmap image, int x, int y) {
    Color colour = new Color(image.rgb(x, y));
    return Math.min(colour.getRed(), Math.min(colour.getGreen(), colour.getBlue())) > 150;
  }

  @ParameterizedTest
  @CsvSource({"64, 64", "256, 160", "416, 736", "1280, 736", "64, 2048", "2048, 64"})
  void theLabelFitsAndShowsTheBuffer(int width, int height) throws Exception {
    Path video = folder.resolve("film.mp4");
    VideoPainter.paint(new Video(frames(width, height, FRAMES, List.of()), 8), video);
    Bitmap content = ImageReader.frames(video, List.of(16)).getFirst();
    Bitmap buffer = ImageReader.frames(video, List.of(17)).getFirst();
    assertThat(brightness(buffer, 1, 1)).isGreaterThan(brightness(content, 1, 1) + 120);
    for (Bitmap image : List.of(content, buffer)) {
      int first = -1;
      int last = -1;
      for (int y = 0; y < Math.max(20, Math.min(width, height) / 14); y++) {
        for (int x = 0; x < width; x++) {
          if (white(image, x, y)) {
            assertThat(x).isLessThan(width - 2);
            first = first < 0 ? y : first;
            last = x < 0.06 * width + 10 && (last < 0 || y == last + 1) ? y : last;
          }
        }
      }
      assertThat(last - first + 1).as("height of a capital").isBetween(width < 100 ? 4 : 8, 24);
    }
  }

  private static int brightness(Bitmap image, int x, int y) {
    Color colour = new Color(image.rgb(x, y));
    return colour.getRed() + colour.getGreen() + colour.getBlue();
  }

  @Test
  void textsOfTheStripTouchNoMark() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      int width = 64 + 32 * random.nextInt(40);
      int height = 64 + 32 * random.nextInt(40);
      List<Integer> guides = new ArrayList<>();
      int from = random.nextInt(FRAMES - 9);
      int spread = random.nextBoolean() ? 9 : FRAMES - from;
      for (int k = random.nextInt(10); k >= 0; k--) {
        guides.add(from + random.nextInt(spread));
      }
      DecodedFrames frames = frames(width, height, FRAMES, guides);
      Bitmap image = strip(frames, 0);
      int mark = Math.max(2, Math.max(14, Math.min(width, height) / 18) / 10);
      for (int guide : guides) {
        double x = (double) guide * width / FRAMES;
        for (int beside : new int[] {(int) x - 1, (int) Math.ceil(x + mark)}) {
          if (beside <= mark || beside >= width || isMark(beside, mark, width, guides)) {
            continue;
          }
          for (int y = height - 12; y < height; y++) {
            assertThat(white(image, beside, y)).as("%s in %d", guides, width).isFalse();
          }
        }
      }
      for (int y = isMark(width - 1, mark, width, guides) ? height : height - 12; y < height; y++) {
        assertThat(white(image, width - 1, y)).as("%s in %d", guides, width).isFalse();
      }
    }
  }

  private static boolean isMark(int x, int mark, int width, List<Integer> guides) {
    return guides.stream()
        .mapToDouble(guide -> (double) guide * width / FRAMES)
        .anyMatch(at -> x + 1 > at && x < at + mark);
  }

  @Test
  void theStripIsDarkWhereTheVideoIsCutOff() {
    Bitmap strip = strip(frames(320, 192, 20, List.of(0)), 4);
    int buffer = brightness(strip, 320 * 18 / FRAMES, 190);
    assertThat(brightness(strip, 320 * 24 / FRAMES, 190)).isLessThan(buffer / 2);
    assertThat(brightness(strip, 1, 190)).as("a mark").isGreaterThan(700);
    Color cursor = new Color(strip.rgb(320 * 4 / FRAMES + 1, 190));
    assertThat(cursor.getRed() - cursor.getBlue()).as("yellow, unlike marks").isGreaterThan(200);
  }
}
