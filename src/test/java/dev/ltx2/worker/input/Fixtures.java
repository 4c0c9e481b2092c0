package dev.ltx2.worker.input;

import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.BufferGuide;
import dev.ltx2.worker.request.Fit;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Keyframe;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.Source;
import dev.ltx2.worker.request.output.OutputPlace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import javax.imageio.ImageIO;
import okhttp3.HttpUrl;

/** Requests and small files the tests of this room share. */
final class Fixtures {
  static final byte[] PNG = image("png", 64, 48);
  static final byte[] JPEG = image("jpg", 64, 48);
  static final byte[] WAV = wav(1600);

  private Fixtures() {}

  /** One image, and audio unless it is null. */
  static GenerationRequest image(String image, String audio) {
    return request(
        audio == null ? Mode.AUDIO_GEN : Mode.LIPSYNC, List.of(source(image)), List.of(), audio);
  }

  static GenerationRequest keyframes(String audio, String... images) {
    return request(
        audio == null ? Mode.MULTIFRAME_AUDIO_GEN : Mode.MULTIFRAME_LIPSYNC,
        Arrays.stream(images).map(Fixtures::source).toList(),
        Arrays.stream(images).map(url -> new Keyframe(source(url), 0, 1, Fit.PAD)).toList(),
        audio);
  }

  private static GenerationRequest request(
      Mode mode, List<Source> images, List<Keyframe> keyframes, String audio) {
    return new GenerationRequest(
        mode,
        images,
        Optional.ofNullable(audio).map(Fixtures::source),
        OptionalDouble.empty(),
        keyframes,
        "a person speaks",
        "",
        "fast",
        1280,
        736,
        30,
        1.0,
        8,
        OptionalLong.empty(),
        new Loras(0, 1, 0),
        "simple",
        23,
        1.0,
        Fit.PAD,
        8,
        BufferGuide.ADD_NODE,
        false,
        0,
        new OutputPlace.Usual(),
        Set.of(),
        List.of());
  }

  /** URLs also as only OkHttp reads them, such as {@code http:/a}. */
  private static Source source(String text) {
    HttpUrl url = HttpUrl.parse(text);
    return url != null
        ? new Source.Http(url)
        : AcceptedSources.REMOTE_AND_FILES.read(text).orElseThrow();
  }

  static byte[] image(String format, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (x * 255 / width) << 16 | (y * 255 / height) << 8 | 0x40);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, format, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** 16-bit mono at 16 kHz. */
  static byte[] wav(int samples) {
    ByteBuffer out = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 2 * samples);
    out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    out.putShort((short) 1).putShort((short) 1).putInt(16000).putInt(32000);
    out.putShort((short) 2).putShort((short) 16);
    out.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * samples);
    return out.array();
  }
}
