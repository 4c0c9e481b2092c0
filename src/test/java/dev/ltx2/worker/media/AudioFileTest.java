package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AudioFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # file          | seconds  | off by | rate  | channels | codec
          tone-8k.wav     | 1.3      | 0      | 8000  | 1        | pcm_s16le
          tone-s24.wav    | 1.3      | 0      | 16000 | 1        | pcm_s24le
          tone-f32.wav    | 1.3      | 1e-4   | 11025 | 1        | pcm_f32le
          tone-96k.flac   | 1.3      | 0      | 96000 | 2        | flac
          tone-51.flac    | 1.3      | 0      | 44100 | 6        | flac
          tone-cbr.mp3    | 1.3      | 1e-4   | 44100 | 2        | mp3
          tone-cover.mp3  | 1.3      | 1e-4   | 44100 | 1        | mp3
          # 51 frames of 1152 samples; without the Xing header nothing tells the encoder's delay
          tone-vbr.mp3    | 1.332245 | 1e-6   | 44100 | 1        | mp3
          tone.m4a        | 1.3      | 1e-3   | 48000 | 2        | aac
          tone-vorbis.ogg | 1.3      | 1e-4   | 44100 | 2        | vorbis
          tone-opus.ogg   | 1.3      | 1e-4   | 48000 | 1        | opus
          film-tagged.mp4 | 1.3      | 0.0233 | 44100 | 1        | aac
          """,
      delimiter = '|')
  void measuresByDecoding(
      String file, double seconds, double tolerance, int rate, int channels, String codec)
      throws MediaException {
    AudioFile measured = AudioFile.measure(FIXTURES.resolve(file));
    assertThat(measured.seconds()).isCloseTo(seconds, Offset.offset(tolerance));
    assertThat(measured).isEqualTo(new AudioFile(measured.seconds(), rate, channels, codec));
  }

  @Test
  void measuresAsManySamplesAsTheProgramDecodes() throws MediaException {
    for (String file : new String[] {"tone-opus.ogg", "tone-vorbis.ogg", "tone-96k.flac"}) {
      assertThat(AudioFile.measure(FIXTURES.resolve(file)).seconds())
          .as(file)
          .isCloseTo(Oracle.samples(FIXTURES.resolve(file)).length / 48_000.0, Offset.offset(1e-4));
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          corners.png       | The audio file cannot be read: its format is not accepted
          film-bframes3.mp4 | The audio file has no audio stream
          README.md        | The audio file cannot be read: Invalid data found when processing input
          no-such-file     | The audio file cannot be read: No such file or directory
          """,
      delimiter = '|')
  void refusesWhatIsNoSound(String file, String message) {
    assertThatThrownBy(() -> AudioFile.measure(FIXTURES.resolve(file)))
        .isInstanceOf(MediaException.class)
        .hasMessage(message);
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.mp3"));
    assertThatThrownBy(() -> AudioFile.measure(empty))
        .isInstanceOf(MediaException.class)
        .hasMessageStartingWith("The audio file cannot be read: ");
  }

  /** FFmpeg would fetch what a playlist names: files of this machine, addresses of its network. */
  @Test
  void refusesAPlaylist() throws IOException {
    Path playlist = folder.resolve("list.mp3");
    Path tone = FIXTURES.resolve("tone-cbr.mp3").toAbsolutePath();
    Files.writeString(playlist, "#EXTM3U\n#EXTINF:1.3,\n" + tone + "\n#EXT-X-ENDLIST\n");
    assertThatThrownBy(() -> AudioFile.measure(playlist))
        .isInstanceOf(MediaException.class)
        .hasMessage("The audio file cannot be read: Invalid data found when processing input");
    Files.writeString(playlist, "ffconcat version 1.0\nfile '" + tone + "'\n");
    assertThatThrownBy(() -> AudioFile.measure(playlist)).isInstanceOf(MediaException.class);
  }

  @Test
  void decodesWhatIsThereOfADamagedFile() throws Exception {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve("tone-vbr.mp3"));
    double whole = AudioFile.measure(FIXTURES.resolve("tone-vbr.mp3")).seconds();
    Path cut = Files.write(folder.resolve("cut.mp3"), Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(AudioFile.measure(cut).seconds()).isBetween(whole / 4, whole * 3 / 4);
    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 600, (byte) 0x5a);
    Path holed = Files.write(folder.resolve("holed.mp3"), bytes);
    assertThat(AudioFile.measure(holed).seconds()).isBetween(whole / 2, whole);
  }

  @Test
  void namesAFileWithAColonOrAPercentSign() throws Exception {
    Path odd = folder.resolve("http:a%03d é.wav");
    Files.copy(FIXTURES.resolve("tone-8k.wav"), odd);
    assertThat(AudioFile.measure(odd).seconds()).isEqualTo(1.3);
  }
}
