package dev.ltx2.worker.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.graphics.Canvas;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WritersTest {
  @TempDir Path folder;

  private static Bitmap page(int width, int height, String text) {
    Bitmap image = new Bitmap(width, height);
    Canvas canvas = new Canvas(image);
    canvas.rectangle(0, 0, width, height, 0xff203040);
    canvas.text(8, 8, 12, 0xffffffff, text);
    canvas.rectangle(width / 2.0, height / 2.0, width / 4.0, height / 4.0, 0xffd04010);
    return image;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "25, 1", "24, 49", "30, 121", "60, 7"})
  void everyFrameIsCountedAndHasItsDuration(int fps, int frames)
      throws MediaException, InterruptedException {
    Path video = folder.resolve("film.mp4");
    try (VideoWriter writer = new VideoWriter(video, 192, 96, fps)) {
      for (int i = 0; i < frames; i++) {
        writer.add(page(192, 96, "REHEARSAL " + i));
      }
    }
    Mp4 measured = Mp4.measure(video);
    assertThat(measured.frames()).isEqualTo(frames);
    assertThat(measured.width()).isEqualTo(192);
    assertThat(measured.height()).isEqualTo(96);
    assertThat(measured.fps()).isCloseTo(fps, Offset.offset(1e-9));
    assertThat(measured.videoSeconds()).isCloseTo((double) frames / fps, Offset.offset(1e-9));
    assertThat(measured.audioSeconds()).isZero();
    var stream = Oracle.stream(Oracle.probe(video), "video");
    assertThat(stream.get("codec_name").asText()).isEqualTo("h264");
    assertThat(stream.get("pix_fmt").asText()).isEqualTo("yuv420p");
    assertThat(stream.get("color_space").asText()).isEqualTo("bt709");
    assertThat(stream.get("nb_read_frames").asInt()).isEqualTo(frames);
    assertThat(stream.get("duration").asDouble())
        .isCloseTo((double) frames / fps, Offset.offset(1e-5));
  }

  @Test
  void textStaysCrispAndColoursTrue() throws MediaException, InterruptedException {
    Path video = folder.resolve("film.mp4");
    try (VideoWriter writer = new VideoWriter(video, 320, 160, 24)) {
      for (int i = 0; i < 40; i++) {
        writer.add(page(320, 160, "REHEARSAL frame " + i + "/40"));
      }
    }
    List<Bitmap> shown = ImageReader.frames(video, List.of(0, 20, 39));
    for (int i = 0; i < 3; i++) {
      Bitmap painted = page(320, 160, "REHEARSAL frame " + List.of(0, 20, 39).get(i) + "/40");
      assertThat(psnr(painted, shown.get(i))).isGreaterThan(36);
      ImageReaderTest.assertColour(shown.get(i), 200, 100, 0xd0, 0x40, 0x10);
      ImageReaderTest.assertColour(shown.get(i), 20, 140, 0x20, 0x30, 0x40);
    }
  }

  private static double psnr(Bitmap a, Bitmap b) {
    double sum = 0;
    for (int y = 0; y < a.height(); y++) {
      for (int x = 0; x < a.width(); x++) {
        int green = (a.rgb(x, y) >> 8 & 255) - (b.rgb(x, y) >> 8 & 255);
        sum += green * green;
      }
    }
    return 10 * Math.log10(255 * 255 / (sum / (a.width() * a.height())));
  }

  @Test
  void refusesFramesOfAnotherSize() throws MediaException, InterruptedException {
    try (VideoWriter writer = new VideoWriter(folder.resolve("film.mp4"), 64, 64, 24)) {
      writer.add(page(64, 64, ""));
      assertThatThrownBy(() -> writer.add(page(64, 66, "")))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new VideoWriter(folder.resolve("odd.mp4"), 63, 64, 24))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"24000, 24000", "48000, 4096", "44100, 1", "8000, 12345"})
  void flacHasEverySample(int rate, int count) throws MediaException, InterruptedException {
    float[] samples = new float[count];
    for (int i = 0; i < count; i++) {
      samples[i] = (float) (1.2 * Math.sin(2 * Math.PI * 440 * i / rate));
    }
    Path file = folder.resolve("tone.flac");
    AudioWriter.flac(file, samples, rate);
    assertThat(AudioFile.measure(file))
        .isEqualTo(new AudioFile((double) count / rate, rate, 1, "flac"));
    if (count > 5000) {
      float[] heard = Oracle.samples(file);
      assertThat(Oracle.amplitude(heard, 0.1, 0.4, 440)).isBetween(1.0, 1.2);
      assertThat(Oracle.peak(heard, 0, 9)).isLessThan(1.1);
    }
  }
}
