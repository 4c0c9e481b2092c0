package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.AudioWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How loud the noise is, FFmpeg measures. */
class SpeechNoiseTest {
  private static final Pattern RMS = Pattern.compile("RMS level dB: (-?[\\d.]+|-inf)");

  @TempDir Path folder;
  private Path silence;

  @BeforeEach
  void silence() throws Exception {
    Path flac = folder.resolve("silence.flac");
    AudioWriter.flac(flac, new float[4 * 16_000], 16_000);
    silence = folder.resolve("silence.wav");
    AudioFile.decode(flac, 30, silence);
  }

  private Path noisy(double amount, long seed) throws Exception {
    Path noisy = folder.resolve("noisy-%s-%d.wav".formatted(amount, seed));
    SpeechNoise.add(silence, amount, seed, noisy);
    return noisy;
  }

  /** One level a channel, then that of both. */
  private static List<Double> levels(Path file) throws Exception {
    Process ffmpeg =
        new ProcessBuilder(
                Loader.load(org.bytedeco.ffmpeg.ffmpeg.class),
                "-hide_banner",
                "-i",
                file.toString(),
                "-af",
                "astats",
                "-f",
                "null",
                "-")
            .redirectErrorStream(true)
            .start();
    String said = new String(ffmpeg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ffmpeg.waitFor()).as(said).isZero();
    return RMS.matcher(said).results().map(found -> level(found.group(1))).toList();
  }

  private static double level(String text) {
    return text.equals("-inf") ? Double.NEGATIVE_INFINITY : Double.parseDouble(text);
  }

  @ParameterizedTest
  @CsvSource({"1.0, -20.0", "0.5, -26.02", "0.1, -40.0", "0.01, -60.0"})
  void isAsLoudAsItsScaleSays(double amount, double level) throws Exception {
    List<Double> levels = levels(noisy(amount, 7));
    assertThat(levels)
        .hasSize(3)
        .allSatisfy(each -> assertThat(each).isEqualTo(level, within(0.1)));
  }

  @Test
  void noneIsTheSameFile() throws Exception {
    Path speech = folder.resolve("speech.wav");
    AudioFile.decode(Path.of("test-fixtures/media/speech.mp3"), 30, speech);
    Path same = folder.resolve("same.wav");
    SpeechNoise.add(speech, 0, 7, same);
    assertThat(same).hasSameBinaryContentAs(speech);
    assertThat(levels(noisy(0, 7)).getFirst()).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void theSeedIsTheJobs() throws Exception {
    assertThat(Files.mismatch(noisy(0.3, 7), noisy(0.3, 8))).isGreaterThan(43);
    Path again = folder.resolve("again.wav");
    SpeechNoise.add(silence, 0.3, 7, again);
    assertThat(again).hasSameBinaryContentAs(noisy(0.3, 7));
  }

  /** Speech at full scale is clipped, not wrapped round. */
  @Test
  void loudSpeechIsClipped() throws Exception {
    Path flac = folder.resolve("loud.flac");
    float[] loud = new float[16_000];
    java.util.Arrays.fill(loud, 1);
    AudioWriter.flac(flac, loud, 16_000);
    Path wav = folder.resolve("loud.wav");
    AudioFile.decode(flac, 30, wav);
    Path noisy = folder.resolve("loud-noisy.wav");
    SpeechNoise.add(wav, 1, 7, noisy);
    byte[] bytes = Files.readAllBytes(noisy);
    for (int at = 45; at < bytes.length; at += 2) {
      assertThat(bytes[at]).as("high byte at %d", at).isGreaterThan((byte) 100);
    }
    assertThat(AudioFile.measure(noisy).seconds()).isEqualTo(1);
  }
}
