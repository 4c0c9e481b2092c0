package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.graphics.Bitmap;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"corners.png", "corners.webp", "corners-exif6.jpg"})
  void readsImagesTheRightWayUp(String file) throws MediaException, InterruptedException {
    Bitmap image = ImageReader.read(FIXTURES.resolve(file));
    assertThat(image.width()).isEqualTo(48);
    assertThat(image.height()).isEqualTo(32);
    assertColour(image, 12, 8, 255, 0, 0);
    assertColour(image, 36, 8, 0, 255, 0);
    assertColour(image, 12, 24, 0, 0, 255);
    assertColour(image, 36, 24, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"interlaced.png", "progressive.jpg", "palette.png", "grey16.png"})
  void readsEveryWayOfStoring(String file) throws MediaException, InterruptedException {
    assertThat(ImageReader.read(Path.of("test-fixtures/images", file)).width()).isPositive();
  }

  static void assertColour(Bitmap image, int x, int y, int red, int green, int blue) {
    int rgb = image.rgb(x, y);
    int off =
        Math.max(
            Math.abs((rgb >> 16 & 255) - red),
            Math.max(Math.abs((rgb >> 8 & 255) - green), Math.abs((rgb & 255) - blue)));
    assertThat(off).as("colour at %d,%d is %06x", x, y, rgb & 0xffffff).isLessThan(8);
  }

  @Test
  void goesByContentAndNotByName() throws Exception {
    Path odd = Files.copy(FIXTURES.resolve("corners.webp"), folder.resolve("picture%03d.png"));
    assertColour(ImageReader.read(odd), 12, 8, 255, 0, 0);
    assertThatThrownBy(() -> ImageReader.read(FIXTURES.resolve("tone-cbr.mp3")))
        .isInstanceOf(MediaException.class)
        .hasMessage("The image cannot be read: it is not a JPEG, PNG or WebP");
    Path damaged =
        Files.write(folder.resolve("a.png"), "\u0089PNG\r\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ImageReader.read(damaged))
        .isInstanceOf(MediaException.class)
        .hasMessageStartingWith("The image cannot be ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"video-bframes3.mp4", "video-bframes8.mp4", "video-editlist.mp4"})
  void takesTheFramesWithThoseIndexes(String video) throws MediaException, InterruptedException {
    List<Integer> indexes = List.of(0, 1, 9, 9, 30, 37);
    List<Bitmap> images = ImageReader.frames(FIXTURES.resolve(video), indexes);
    byte[] raw =
        Oracle.ffmpeg(
            "-i",
            FIXTURES.resolve(video).toString(),
            "-fps_mode",
            "passthrough",
            "-sws_flags",
            "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp",
            "-pix_fmt",
            "bgr24",
            "-f",
            "rawvideo",
            "-");
    assertThat(images).hasSameSizeAs(indexes);
    for (int i = 0; i < indexes.size(); i++) {
      byte[] pixels = images.get(i).bgr();
      int index = indexes.get(i);
      // testsrc2 moves little from frame to frame, and the two scalers round their own way
      assertThat(difference(pixels, raw, index))
          .as("frame %d", index)
          .isLessThan(difference(pixels, raw, index + 1))
          .isLessThan(index == 0 ? 9 : difference(pixels, raw, index - 1))
          .isLessThan(5);
    }
  }

  /** Mean difference of an image to a frame in a run of frames; 255 beyond its end. */
  private static double difference(byte[] pixels, byte[] raw, int index) {
    if ((index + 1) * pixels.length > raw.length) {
      return 255;
    }
    long sum = 0;
    for (int p = 0; p < pixels.length; p++) {
      sum += Math.abs((pixels[p] & 255) - (raw[index * pixels.length + p] & 255));
    }
    return (double) sum / pixels.length;
  }

  @Test
  void aFrameBeyondTheEndIsAnError() {
    Path video = FIXTURES.resolve("video-bframes3.mp4");
    assertThatThrownBy(() -> ImageReader.frames(video, List.of(3, 120)))
        .isInstanceOf(MediaException.class)
        .hasMessage("The video file has 120 frames, frame 120 is not among them");
    assertThatThrownBy(() -> ImageReader.frames(video, List.of(3, 2)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
