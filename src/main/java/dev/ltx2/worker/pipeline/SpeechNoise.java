package dev.ltx2.worker.pipeline;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * White noise on what ComfyUI hears of the client's speech: with a still image and clean synthetic
 * speech the face may not move. The delivered track stays clean.
 */
final class SpeechNoise {
  /** RMS at 1.0, of full scale: -20 dBFS. Half of it is 6 dB less: the scale is linear. */
  private static final double LOUDEST = 0.1;

  /** Of a WAV as the worker writes it; samples of 16 bits follow. */
  private static final int HEADER = 44;

  private SpeechNoise() {}

  /**
   * Copies a WAV of the worker's own, with noise on each sample of each channel.
   *
   * @param amount 0 to 1; at 0 the copy is the same, byte for byte
   * @param seed of the noise: the same seed, the same bytes
   */
  static void add(Path wav, double amount, long seed, Path noisy) throws IOException {
    Random random = new Random(seed);
    // Uniform noise has its greatest value at the square root of 3 times its RMS
    double scale = amount * LOUDEST * Math.sqrt(3) * -Short.MIN_VALUE;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(wav));
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(noisy))) {
      out.write(in.readNBytes(HEADER));
      for (byte[] chunk = in.readNBytes(8192); chunk.length > 0; chunk = in.readNBytes(8192)) {
        ByteBuffer samples = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 1 < chunk.length; at += 2) {
          double noise = scale * random.nextInt() / -(double) Integer.MIN_VALUE;
          long sample = Math.round(samples.getShort(at) + noise);
          samples.putShort(at, (short) Math.clamp(sample, Short.MIN_VALUE, Short.MAX_VALUE));
        }
        out.write(chunk);
      }
    }
  }
}
