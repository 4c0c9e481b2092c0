package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
          video-tagged.mp4 | 1.3      | 0.0233 | 44100 | 1        | aac
          """,
      delimiter = '|')
  void measuresByDecoding(
      String file, double seconds, double tolerance, int rate, int channels, String codec)
      throws MediaException, InterruptedException {
    AudioFile measured = AudioFile.measure(FIXTURES.resolve(file));
    assertThat(measured.seconds()).isCloseTo(seconds, Offset.offset(tolerance));
    assertThat(measured).isEqualTo(new AudioFile(measured.seconds(), rate, channels, codec));
  }

  @Test
  void measuresAsManySamplesAsTheProgramDecodes() throws MediaException, InterruptedException {
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
          video-bframes3.mp4 | The audio file has no audio stream
          README.md        | The audio file cannot be read: Invalid data found when processing input
          no-such-file     | The audio file cannot be read: No such file or directory
          """,
      delimiter = '|')
  void refusesWhatIsNoAudio(String file, String message) {
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

  @ParameterizedTest
  @CsvSource({
    "tone-8k.wav, 8000", "tone-s24.wav, 16000", "tone-f32.wav, 11025", "tone-96k.flac, 48000",
    "tone-cbr.mp3, 44100", "tone-vbr.mp3, 44100", "tone-cover.mp3, 44100", "tone.m4a, 48000",
    "tone-vorbis.ogg, 44100", "tone-opus.ogg, 48000", "tone-51.flac, 44100", "speech.mp3, 44100"
  })
  void decodesToPcmOfTheSameLength(String file, int rate) throws Exception {
    Path wav = folder.resolve("audio.wav");
    Path source = FIXTURES.resolve(file);
    AudioFile facts = AudioFile.decode(source, 30.5, wav);
    assertThat(facts).isEqualTo(AudioFile.measure(source));
    AudioFile written = AudioFile.measure(wav);
    assertThat(written).isEqualTo(new AudioFile(written.seconds(), rate, 2, "pcm_s16le"));
    assertThat(Math.round(written.seconds() * rate)).isEqualTo(Math.round(facts.seconds() * rate));
    // FFmpeg's program makes one channel of two equal ones 3 dB louder
    float factor = facts.channels() == 1 ? (float) Math.sqrt(2) : 1;
    assertSameAudio(Oracle.samples(source), factor, Oracle.samples(wav), file);
  }

  /** Two channels and 16 bits are all that differs; six are mixed in another proportion. */
  private static void assertSameAudio(
      float[] expected, float factor, float[] decoded, String file) {
    assertThat(decoded.length).isBetween(expected.length - 2500, expected.length + 60);
    if (file.equals("tone-51.flac")) {
      assertThat(Oracle.amplitude(decoded, 0.35, 1.25, 440)).isBetween(0.45, 0.55);
      return;
    }
    for (int i = 0; i < Math.min(expected.length, decoded.length) - 100; i++) {
      assertThat(decoded[i])
          .as("%s, sample %d", file, i)
          .isCloseTo(factor * expected[i], offset(0.003f));
    }
  }

  /** As speech services return them; ComfyUI reads such files too long or not at all. */
  @Test
  void joinedFilesOfOtherRatesAndChannelsAreOneAudio() throws Exception {
    Path low = folder.resolve("low.mp3");
    Path tone = FIXTURES.resolve("tone-cbr.mp3");
    Oracle.ffmpeg("-i", tone.toString(), "-ac", "1", "-ar", "22050", low.toString());
    Path joined = folder.resolve("joined.mp3");
    Files.write(joined, Files.readAllBytes(low));
    Files.write(joined, Files.readAllBytes(tone), StandardOpenOption.APPEND);
    Files.write(joined, new byte[5000], StandardOpenOption.APPEND);
    Path wav = folder.resolve("audio.wav");
    AudioFile facts = AudioFile.decode(joined, 30.5, wav);
    assertThat(facts.seconds()).isBetween(2.6, 2.75);
    assertThat(AudioFile.measure(wav).sampleRate()).isEqualTo(22_050);
    float[] samples = Oracle.samples(wav);
    assertThat(samples.length / 48_000.0).isCloseTo(facts.seconds(), Offset.offset(1e-3));
    assertThat(Oracle.amplitude(samples, 0.5, 1.2, 440)).isBetween(0.4, 0.75);
    assertThat(Oracle.amplitude(samples, 1.8, 2.5, 440)).isBetween(0.4, 0.75);
  }

  /** A filter from 44,101 Hz to another rate has a phase for each of its samples. */
  @ParameterizedTest
  @CsvSource({"44101, 48000", "37800, 37800", "3999, 48000", "192000, 48000", "22050, 22050"})
  void oddRatesBecomePlain(int rate, int written) throws Exception {
    Path odd = folder.resolve("odd.wav");
    Path wav = folder.resolve("audio.wav");
    Oracle.ffmpeg(
        "-i", FIXTURES.resolve("tone-8k.wav").toString(), "-ar", "" + rate, odd.toString());
    double seconds = AudioFile.decode(odd, 30.5, wav).seconds();
    assertThat(AudioFile.measure(wav).sampleRate()).isEqualTo(written);
    assertThat(AudioFile.measure(wav).seconds()).isCloseTo(seconds, Offset.offset(1.0 / written));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pcm_f32le", "pcm_f64le"})
  void samplesThatAreNoNumbersAreSilenceAndTooLoudOnesAreCut(String codec) throws Exception {
    Path bad = folder.resolve("bad.wav");
    Oracle.ffmpeg("-i", FIXTURES.resolve("tone-f32.wav").toString(), "-c:a", codec, bad.toString());
    int size = codec.equals("pcm_f32le") ? 4 : 8;
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(bad)).order(ByteOrder.LITTLE_ENDIAN);
    int start = new String(bytes.array(), StandardCharsets.ISO_8859_1).indexOf("data") + 8;
    double[] values = {Double.NaN, Double.POSITIVE_INFINITY, -1.0 / 0, 1e30, -1e30};
    for (int i = 0; i < 500; i++) {
      int at = start + size * (4000 + 20 * i);
      if (size == 4) {
        bytes.putFloat(at, (float) values[i % 5]);
      } else {
        bytes.putDouble(at, values[i % 5]);
      }
    }
    Files.write(bad, bytes.array());
    Path wav = folder.resolve("audio.wav");
    Path fitted = folder.resolve("sound.m4a");
    AudioFile.decode(bad, 30.5, wav);
    Mp4.fitAudio(bad, 2, fitted);
    for (Path file : List.of(wav, fitted)) {
      assertThat(Oracle.amplitude(Oracle.samples(file), 0.35, 1.2, 440)).isBetween(0.1, 0.75);
      assertThat(Oracle.peak(Oracle.samples(file), 0, 9)).isFinite();
    }
    assertThat(Oracle.peak(Oracle.samples(wav), 0, 9)).isBetween(0.9, 2.0);
  }

  @ParameterizedTest
  @CsvSource({
    "9, 48000, 'has 9 channels, at most 8 are accepted'",
    "32, 48000, 'has 32 channels, at most 8 are accepted'",
    "255, 2000000, 'has 255 channels, at most 8 are accepted'",
    "2, 192001, 'has 192001 samples a second, at most 192000 are accepted'"
  })
  void refusesByTheHeaderWhatNoVoiceNeeds(int channels, int rate, String reason) throws Exception {
    Path audio = Files.write(folder.resolve("much.wav"), wav(channels, rate));
    Path wav = folder.resolve("audio.wav");
    assertThatThrownBy(() -> AudioFile.measure(audio)).hasMessage("The audio file " + reason);
    assertThatThrownBy(() -> AudioFile.decode(audio, 30.5, wav))
        .isInstanceOf(MediaException.class)
        .hasMessage("The audio file " + reason);
    assertThat(wav).doesNotExist();
  }

  /** A tenth of a second of silence. */
  private static byte[] wav(int channels, int rate) {
    int size = rate / 10 * channels * 2;
    ByteBuffer bytes = ByteBuffer.allocate(44 + size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + size);
    bytes.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) 1);
    bytes.putShort((short) channels).putInt(rate).putInt(rate * channels * 2);
    bytes.putShort((short) (channels * 2)).putShort((short) 16);
    return bytes.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(size).array();
  }

  /** Two weeks fit into 50 MB; of the rest of such a file only what its header says is told. */
  @Test
  void decodingEndsSoonAfterTheLimit() throws Exception {
    Path hours = folder.resolve("hours.flac");
    Oracle.ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=7200", hours.toString());
    Path wav = folder.resolve("audio.wav");
    assertThat(AudioFile.measure(hours, 30.5).seconds()).isEqualTo(7200);
    assertThat(AudioFile.decode(hours, 30.5, wav).seconds()).isEqualTo(7200);
    assertThat(Files.size(wav)).isLessThan(40L * 8000 * 4);
  }

  /** A second of speech, and then 20,000 packets that are none. */
  @Test
  void damageWithoutEndIsTheEnd() throws Exception {
    Path aac = folder.resolve("speech.aac");
    Oracle.ffmpeg("-i", FIXTURES.resolve("tone.m4a").toString(), "-c", "copy", aac.toString());
    byte[] header = Arrays.copyOf(Files.readAllBytes(aac), 7);
    header[3] = (byte) (header[3] & 0xfc);
    header[4] = 1;
    header[5] = (byte) ((header[5] & 0x1f) | 0x20);
    byte[] empty = Arrays.copyOf(header, 9);
    for (int i = 0; i < 20_000; i++) {
      Files.write(aac, empty, StandardOpenOption.APPEND);
    }
    assertThat(AudioFile.measure(aac).seconds()).isBetween(1.2, 1.5);
  }
}
