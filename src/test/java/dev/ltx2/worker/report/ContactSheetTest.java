package dev.ltx2.worker.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.VideoWriter;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContactSheetTest {
  private static final int PAPER = 0xfff6f7f9;

  @TempDir private static Path temp;
  private static Path image;
  private static Path video;

  /** The longest video there is, for the longest labels. */
  @BeforeAll
  static void inputs() throws Exception {
    Bitmap grey = new Bitmap(64, 64);
    image = temp.resolve("grey.png");
    ImageReader.write(grey, image);
    video = temp.resolve("film.mp4");
    try (VideoWriter writer = new VideoWriter(video, 64, 64, 60)) {
      for (int i = 0; i < plan(64, 64).deliveredFrames(); i++) {
        writer.add(grey);
      }
    }
  }

  /** Nine keyframes, the last one also at the buffer's end. */
  private static GenerationPlan plan(int width, int height) throws Exception {
    ObjectNode request = Plans.request(30, 0, .1, .2, .3, .4, .5, .6, .7, 1);
    request.put("width", width).put("height", height).put("frame_alignment", 1);
    return Plans.of(request.put("fps", 60).put("buffer_seconds", 10));
  }

  private static void isPaper(BufferedImage sheet, int left, int right, int top, int bottom) {
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        if (sheet.getRGB(x, y) != PAPER) {
          fail("%d, %d is not paper".formatted(x, y));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1280, 736", "736, 1280", "512, 512", "64, 2048", "2048, 64"})
  void nothingIsCutOffAndNoLabelReachesTheNextOne(int width, int height) throws Exception {
    Path target = temp.resolve("sheet.png");
    ContactSheet.write(plan(width, height), Collections.nCopies(9, image), video, target);
    BufferedImage sheet = ImageIO.read(target.toFile());
    assertThat(sheet.getHeight()).isLessThan(2600);
    isPaper(sheet, 0, 27, 0, sheet.getHeight());
    isPaper(sheet, 1573, 1600, 0, sheet.getHeight());
    double column = (1536 - 8 * 16) / 9.0;
    double high = Math.min(200, column * height / width);
    for (int i = 1; i < 9; i++) {
      int gap = (int) (32 + i * (column + 16)) - 8;
      isPaper(sheet, gap - 5, gap + 5, 70, (int) (76 + high + 62));
    }
  }

  /** Their cell is the last of its row. */
  @Test
  void nineNamesUnderOneFrameFit() throws Exception {
    ObjectNode request = Plans.request(30, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    request.put("width", 736).put("height", 1280).put("frame_alignment", 1);
    GenerationPlan plan = Plans.of(request.put("fps", 60).put("buffer_seconds", 0));
    Path target = temp.resolve("sheet.png");
    ContactSheet.write(plan, Collections.nCopies(9, image), video, target);
    BufferedImage sheet = ImageIO.read(target.toFile());
    isPaper(sheet, 1573, 1600, 0, sheet.getHeight());
  }

  @Test
  void framesWithGuidesAreShownBetweenTheFirstAndTheLast() throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      GenerationPlan plan = Plans.random(random);
      int frames = plan.deliveredFrames();
      List<Integer> shown = ContactSheet.shown(plan);
      assertThat(shown)
          .isSorted()
          .doesNotHaveDuplicates()
          .hasSizeBetween(Math.min(10, frames), 16)
          .startsWith(0)
          .endsWith(frames - 1)
          .containsAll(
              plan.guides().stream().map(Guide::frame).filter(frame -> frame < frames).toList());
      assertThat(shown.size() == Math.min(16, frames) || !plan.guides().isEmpty()).isTrue();
    }
  }
}
