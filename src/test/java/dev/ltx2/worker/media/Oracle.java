package dev.ltx2.worker.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/** What FFmpeg's own programs say of a file, in processes of their own. */
final class Oracle {
  static final Path FIXTURES = Path.of("test-fixtures/media");

  private Oracle() {}

  /** ffprobe's sections as JSON, frames counted by decoding. */
  static JsonNode probe(Path file) {
    byte[] json =
        run(
            org.bytedeco.ffmpeg.ffprobe.class,
            List.of(
                "-v",
                "error",
                "-count_frames",
                "-show_streams",
                "-show_format",
                "-of",
                "json",
                file.toString()));
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static JsonNode stream(JsonNode probe, String type) {
    for (JsonNode stream : probe.get("streams")) {
      if (stream.get("codec_type").asText().equals(type)) {
        return stream;
      }
    }
    throw new AssertionError("no " + type + " stream in " + probe);
  }

  /** Checksum of each presented frame's pixels. */
  static List<String> frames(Path video) {
    String lines =
        new String(
            ffmpeg(
                "-i",
                video.toString(),
                "-map",
                "0:v",
                "-fps_mode",
                "passthrough",
                "-f",
                "framemd5",
                "-"),
            java.nio.charset.StandardCharsets.UTF_8);
    return lines
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(line.lastIndexOf(',') + 1).strip())
        .toList();
  }

  /** The audio as one channel of samples at 48 kHz; decoded by FFmpeg's program. */
  static float[] samples(Path file) {
    ByteBuffer bytes =
        ByteBuffer.wrap(
                ffmpeg(
                    "-i",
                    file.toString(),
                    "-map",
                    "0:a",
                    "-ac",
                    "1",
                    "-ar",
                    "48000",
                    "-f",
                    "f32le",
                    "-"))
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] samples = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(samples);
    return samples;
  }

  static byte[] ffmpeg(String... arguments) {
    return run(
        org.bytedeco.ffmpeg.ffmpeg.class,
        Stream.concat(Stream.of("-nostdin", "-v", "error", "-y"), Stream.of(arguments)).toList());
  }

  private static byte[] run(Class<?> program, List<String> arguments) {
    try {
      List<String> command = new ArrayList<>(List.of(Loader.load(program)));
      command.addAll(arguments);
      Path errors = Files.createTempFile("oracle", ".txt");
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      byte[] out = process.getInputStream().readAllBytes();
      assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
      Files.delete(errors);
      return out;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Strength of a frequency in samples at 48 kHz: the amplitude of a sine of it. */
  static double amplitude(float[] samples, double from, double to, double hertz) {
    int first = (int) (from * 48_000);
    int last = (int) Math.min(samples.length, to * 48_000);
    double re = 0;
    double im = 0;
    for (int i = first; i < last; i++) {
      double angle = 2 * Math.PI * hertz * i / 48_000;
      re += samples[i] * Math.cos(angle);
      im += samples[i] * Math.sin(angle);
    }
    return 2 * Math.hypot(re, im) / (last - first);
  }

  static double peak(float[] samples, double from, double to) {
    double peak = 0;
    for (int i = (int) (from * 48_000); i < Math.min(samples.length, (int) (to * 48_000)); i++) {
      peak = Math.max(peak, Math.abs(samples[i]));
    }
    return peak;
  }
}
