package dev.ltx2.worker.media;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A WAV of 16-bit PCM in two channels being written. Not by a channel of NIO, which an interrupt
 * would close: the decoder looks at interrupts.
 */
final class WavFile implements AutoCloseable {
  static final int CHANNELS = 2;

  /** Bytes of a sample of each channel. */
  private static final int BLOCK = 2 * CHANNELS;

  private static final int HEADER = 44;

  private final RandomAccessFile file;
  private final int rate;
  private long blocks;

  WavFile(Path target, int rate) throws IOException {
    this.rate = rate;
    file = new RandomAccessFile(target.toFile(), "rw");
    file.setLength(0);
    file.seek(HEADER);
  }

  /** Appends samples of -1 to 1, left before right; what lies beyond is clipped. */
  void write(FloatBuffer samples, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < CHANNELS * count; i++) {
      // 16-bit sources come out as they were
      int sample = Math.round(samples.get(i) * -Short.MIN_VALUE);
      bytes.putShort((short) Math.clamp(sample, Short.MIN_VALUE, Short.MAX_VALUE));
    }
    write(bytes.array(), count);
  }

  private void write(byte[] bytes, int count) throws IOException {
    file.write(bytes, 0, BLOCK * count);
    blocks += count;
  }

  /** Cuts the file, or appends silence, to {@code count} samples of each channel; its header. */
  void finish(long count) throws IOException {
    byte[] silence = new byte[BLOCK * 4096];
    while (blocks < count) {
      write(silence, (int) Math.min(silence.length / BLOCK, count - blocks));
    }
    int size = Math.toIntExact(BLOCK * count);
    file.setLength(HEADER + size);
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put(ascii("RIFF")).putInt(HEADER - 8 + size).put(ascii("WAVEfmt ")).putInt(16);
    header.putShort((short) 1).putShort((short) CHANNELS).putInt(rate).putInt(BLOCK * rate);
    header.putShort((short) BLOCK).putShort((short) 16).put(ascii("data")).putInt(size);
    file.seek(0);
    file.write(header.array());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
