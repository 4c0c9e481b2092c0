package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryTest {
  private static final Path THREE = FIXTURES.resolve("video-bframes3.mp4");
  private static final Path EIGHT = FIXTURES.resolve("video-bframes8.mp4");
  private static final Path TONE = FIXTURES.resolve("tone-cbr.mp3");

  @TempDir Path folder;

  static Stream<Arguments> cuts() {
    return Stream.of(THREE, EIGHT)
        .flatMap(video -> IntStream.rangeClosed(90, 114).mapToObj(n -> Arguments.of(video, n)));
  }

  /** Dropping packets by their time damages most of these, with the right count and no error. */
  @ParameterizedTest
  @MethodSource("cuts")
  void everyFrameOfACutIsTheSourcesFrame(Path video, int frames)
      throws MediaException, InterruptedException {
    Path target = folder.resolve("cut.mp4");
    Mp4 delivered = Mp4.deliver(video, null, frames, target);
    assertThat(Oracle.frames(target)).isEqualTo(Oracle.frames(video).subList(0, frames));
    assertThat(delivered.frames()).isEqualTo(frames);
    assertThat(delivered).isEqualTo(Mp4.measure(target));
    assertThat(delivered.videoSeconds())
        .isCloseTo(frames / (video.equals(THREE) ? 24.0 : 30.0), Offset.offset(1e-9));
    JsonNode stream = Oracle.stream(Oracle.probe(target), "video");
    assertThat(stream.get("duration").asDouble())
        .isCloseTo(delivered.videoSeconds(), Offset.offset(1e-6));
    assertThat(stream.get("start_pts").asLong()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tone-8k.wav", "tone-s24.wav", "tone-f32.wav", "tone-96k.flac", "tone-51.flac",
        "tone-cbr.mp3", "tone-vbr.mp3", "tone-cover.mp3", "tone.m4a", "tone-vorbis.ogg",
        "tone-opus.ogg", "video-tagged.mp4"
      })
  void audioOfEveryKindEndsWithTheVideo(String audio) throws Exception {
    for (int frames : new int[] {24, 96}) {
      Path target = folder.resolve("video.mp4");
      Mp4 delivered = Mp4.deliver(THREE, FIXTURES.resolve(audio), frames, target);
      double seconds = frames / 24.0;
      checkFile(target, frames, seconds);
      assertThat(delivered.audioSeconds()).isCloseTo(seconds, Offset.offset(1024 / 44_100.0));
      assertThat(delivered).isEqualTo(Mp4.measure(target));

      float[] samples = Oracle.samples(target);
      // The file without a Xing header says nothing of the encoder's delay, 1105 samples of silence
      double late = audio.equals("tone-vbr.mp3") ? 0.026 : 0;
      assertThat(Oracle.peak(samples, 0, 0.297 + late)).as("silence first").isLessThan(0.02);
      double start = onset(samples);
      assertThat(start).as("start of the tone").isCloseTo(0.3 + late, Offset.offset(0.002));
      assertThat(Oracle.amplitude(samples, 0.35, Math.min(seconds, 1.25), 440)).isBetween(0.3, 0.6);
      assertThat(Oracle.amplitude(samples, 0.35, Math.min(seconds, 1.25), 494)).isLessThan(0.02);
      assertThat(Oracle.peak(samples, 1.36 + late, 9)).as("padding").isLessThan(0.005);
    }
  }

  private static double onset(float[] samples) {
    return IntStream.range(0, samples.length)
            .filter(i -> Math.abs(samples[i]) > 0.1)
            .findFirst()
            .orElseThrow()
        / 48_000.0;
  }

  /** What ffprobe and the bytes say of a delivered video with audio. */
  private static void checkFile(Path file, int frames, double seconds) throws IOException {
    JsonNode probe = Oracle.probe(file);
    JsonNode video = Oracle.stream(probe, "video");
    JsonNode audio = Oracle.stream(probe, "audio");
    assertThat(probe.get("streams")).hasSize(2);
    assertThat(video.get("nb_read_frames").asInt()).isEqualTo(frames);
    assertThat(video.get("duration").asDouble()).isCloseTo(seconds, Offset.offset(1e-5));
    double frame = 1024.0 / audio.get("sample_rate").asInt();
    assertThat(audio.get("duration").asDouble()).isCloseTo(seconds, Offset.offset(frame));
    assertThat(audio.get("start_time").asDouble()).isCloseTo(0, Offset.offset(1e-6));
    assertThat(video.get("start_time").asDouble()).isZero();
    assertThat(audio.get("codec_name").asText()).isEqualTo("aac");
    assertThat(audio.get("sample_rate").asInt()).isIn(44_100, 48_000);
    assertThat(audio.get("channels").asInt()).isLessThanOrEqualTo(2);
    assertThat(probe.at("/format/duration").asDouble()).isCloseTo(seconds, Offset.offset(frame));
    assertThat(probe.at("/format/tags").properties().stream().map(e -> e.getKey()))
        .containsExactlyInAnyOrder("major_brand", "minor_version", "compatible_brands");
    assertThat(video.at("/tags").properties().stream().map(e -> e.getKey()))
        .isSubsetOf("language", "handler_name", "vendor_id");
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(bytes).doesNotContain("SECRET-PROMPT", "Lavf", "Lavc");
    assertThat(bytes.indexOf("moov")).isLessThan(bytes.indexOf("mdat"));
  }

  @Test
  void metadataOfTheSourcesStaysBehind() throws Exception {
    Path source = FIXTURES.resolve("video-tagged.mp4");
    assertThat(Files.readString(source, StandardCharsets.ISO_8859_1)).contains("SECRET-PROMPT");
    Path target = folder.resolve("clean.mp4");
    Mp4.deliver(source, source, 25, target);
    checkFile(target, 25, 1);
  }

  /** As for a video that was itself cut from a longer one. */
  @Test
  void honoursTheEditListOfItsSource() throws Exception {
    Path source = FIXTURES.resolve("video-editlist.mp4");
    List<String> presented = Oracle.frames(source);
    assertThat(Mp4.measure(source).frames()).isEqualTo(presented.size());
    for (int frames : new int[] {1, 7, 20, 30, presented.size()}) {
      Path target = folder.resolve("cut.mp4");
      Mp4.deliver(source, TONE, frames, target);
      assertThat(Oracle.frames(target)).isEqualTo(presented.subList(0, frames));
      assertThat(Oracle.stream(Oracle.probe(target), "video").get("start_pts").asLong()).isZero();
    }
  }

  @Test
  void aDeliveredVideoCanBeDeliveredAgain() throws Exception {
    Path once = folder.resolve("once.mp4");
    Path twice = folder.resolve("twice.mp4");
    Mp4.deliver(EIGHT, TONE, 101, once);
    Mp4.deliver(once, once, 97, twice);
    assertThat(Oracle.frames(twice)).isEqualTo(Oracle.frames(EIGHT).subList(0, 97));
    checkFile(twice, 97, 97 / 30.0);
  }

  /** AAC that is long enough is not encoded a second time. */
  @Test
  void copiesAac() throws Exception {
    Path target = folder.resolve("copied.mp4");
    Mp4.deliver(THREE, FIXTURES.resolve("tone.m4a"), 24, target);
    List<String> source = packets(FIXTURES.resolve("tone.m4a"));
    List<String> copied = packets(target);
    assertThat(copied).isEqualTo(source.subList(0, copied.size()));
    // one packet of delay and one second of 1024 samples each
    assertThat(copied).hasSize(1 + (int) Math.ceil(48_000 / 1024.0));
  }

  /** But for the header's nominal bit rate, which is measured when AAC is copied. */
  @ParameterizedTest
  @CsvSource({
    "tone-8k.wav, 61", "tone-51.flac, 24", "tone-cbr.mp3, 1", "tone-cbr.mp3, 107",
    "tone-vbr.mp3, 30", "tone.m4a, 29", "tone.m4a, 110", "tone-opus.ogg, 96",
    "video-tagged.mp4, 77", "speech.mp3, 101"
  })
  void audioFittedBeforehandGivesTheSameVideo(String name, int frames) throws Exception {
    Path audio = FIXTURES.resolve(name);
    Path fitted = folder.resolve("audio.m4a");
    Path plain = folder.resolve("plain.mp4");
    Path ahead = folder.resolve("ahead.mp4");
    Mp4 expected = Mp4.deliver(THREE, audio, frames, plain);
    Mp4.fitAudio(audio, frames / 24.0, fitted);
    assertThat(Mp4.deliver(THREE, fitted, frames, ahead)).isEqualTo(expected);
    assertThat(Oracle.samples(ahead)).isEqualTo(Oracle.samples(plain));
    assertThat(packets(ahead)).isEqualTo(packets(plain));
    assertThat(Oracle.probe(ahead).get("streams")).isEqualTo(Oracle.probe(plain).get("streams"));
    assertThat(differing(plain, ahead)).isLessThanOrEqualTo(6);
  }

  private static long differing(Path one, Path other) throws IOException {
    byte[] left = Files.readAllBytes(one);
    byte[] right = Files.readAllBytes(other);
    assertThat(left).hasSameSizeAs(right);
    return IntStream.range(0, left.length).filter(i -> left[i] != right[i]).count();
  }

  @Test
  void audioThatCannotBeFittedLeavesNothing() throws Exception {
    Path target = folder.resolve("audio.m4a");
    Files.writeString(target, "an old one");
    assertThatThrownBy(() -> Mp4.fitAudio(FIXTURES.resolve("README.md"), 1, target))
        .isInstanceOf(MediaException.class)
        .hasMessage("The audio file cannot be read: Invalid data found when processing input");
    assertThat(target).doesNotExist();
    assertThatThrownBy(() -> Mp4.fitAudio(TONE, 1, folder.resolve("no-such-folder/audio.m4a")))
        .isInstanceOf(MediaException.class)
        .hasMessage("The file audio.m4a cannot be written: No such file or directory");
  }

  private static List<String> packets(Path audio) {
    byte[] lines =
        Oracle.ffmpeg("-i", audio.toString(), "-map", "0:a", "-c", "copy", "-f", "framemd5", "-");
    return new String(lines, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(line.lastIndexOf(',') + 1))
        .toList();
  }

  @Test
  void anUncutVideoKeepsEveryPacket() throws Exception {
    Path target = folder.resolve("whole.mp4");
    Mp4 delivered = Mp4.deliver(EIGHT, TONE, 120, target);
    assertThat(delivered.fps()).isEqualTo(30.0);
    assertThat(Oracle.frames(target)).isEqualTo(Oracle.frames(EIGHT));
    assertThat(elementary(target)).isEqualTo(elementary(EIGHT));
  }

  private static byte[] elementary(Path video) {
    return Oracle.ffmpeg("-i", video.toString(), "-map", "0:v", "-c", "copy", "-f", "h264", "-");
  }

  @Test
  void isTheSameFileEveryTime() throws Exception {
    Path first = folder.resolve("first.mp4");
    Path second = folder.resolve("second.mp4");
    Mp4.deliver(THREE, TONE, 77, first);
    Mp4.deliver(THREE, TONE, 77, second);
    assertThat(second).hasSameBinaryContentAs(first);
  }

  @Test
  void tooFewFramesAreAnErrorAndLeaveNothing() {
    Path target = folder.resolve("none.mp4");
    assertThatThrownBy(() -> Mp4.deliver(THREE, TONE, 121, target))
        .isInstanceOf(MediaException.class)
        .hasMessage("The generated video has 120 frames, 121 are needed");
    assertThat(target).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          README.md         | tone-cbr.mp3 | The generated video cannot be read: Invalid data found when processing input
          tone-cover.mp3    | tone-cbr.mp3 | The generated video has no video stream
          video-bframes3.mp4 | README.md    | The audio file cannot be read: Invalid data found when processing input
          video-bframes3.mp4 | corners.png  | The audio file cannot be read: its format is not accepted
          video-bframes3.mp4 | video-bframes8.mp4 | The audio file has no audio stream
          """,
      delimiter = '|')
  void namesTheFileThatIsWrong(String video, String audio, String message) {
    Path target = folder.resolve("none.mp4");
    assertThatThrownBy(
            () -> Mp4.deliver(FIXTURES.resolve(video), FIXTURES.resolve(audio), 24, target))
        .isInstanceOf(MediaException.class)
        .hasMessage(message);
    assertThat(target).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "video-hevc.mp4, 'hevc, yuv420p'", "video-444-10.mp4, 'h264, yuv444p10le'",
    "video-mpeg4.mp4, 'mpeg4, yuv420p'", "video-vp9.mp4, 'vp9, yuv420p'"
  })
  void refusesWhatNotEveryPlayerShows(String video, String what) {
    Path target = folder.resolve("none.mp4");
    assertThatThrownBy(() -> Mp4.deliver(FIXTURES.resolve(video), TONE, 2, target))
        .isInstanceOf(VideoFormatException.class)
        .hasMessage(
            "The generated video is %s; only H.264 of 8-bit 4:2:0 (h264, yuv420p) is delivered",
            what);
    assertThat(target).doesNotExist();
  }

  @Test
  void aTargetThatCannotBeWrittenIsAnError() {
    assertThatThrownBy(
            () -> Mp4.deliver(THREE, TONE, 24, folder.resolve("no-such-folder/video.mp4")))
        .isInstanceOf(MediaException.class)
        .hasMessage("The file video.mp4 cannot be written: No such file or directory");
  }

  /** A video larger than the heap, of 48,000 frames: only 8 bytes a frame are kept. */
  @Test
  void streamsVideosLargerThanTheHeap() throws Exception {
    Path large = folder.resolve("large.mp4");
    Oracle.ffmpeg("-stream_loop", "399", "-i", THREE.toString(), "-c", "copy", large.toString());
    assertThat(Files.size(large)).isGreaterThan(17 << 20);
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Delivers.class.getName(),
                large.toString(),
                folder.resolve("out.mp4").toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as(output).isZero();
    // nothing on stderr either: FFmpeg's own log would name files and metadata
    assertThat(output).isEqualTo("47900 frames\n");
  }

  /** Delivers in a process of its own. */
  static final class Delivers {
    public static void main(String[] args) throws MediaException, InterruptedException {
      Mp4 delivered = Mp4.deliver(Path.of(args[0]), null, 47_900, Path.of(args[1]));
      System.out.print(delivered.frames() + " frames\n");
    }
  }
}
