package dev.ltx2.worker.input;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Builds files that lie. */
final class HostileFiles {
  private HostileFiles() {}

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] head(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, length < 0 ? bytes.length + length : length);
  }

  static byte[] insert(byte[] bytes, int at, byte[] more) {
    return join(head(bytes, at), more, Arrays.copyOfRange(bytes, at, bytes.length));
  }

  static byte[] set(byte[] bytes, int at, int... values) {
    byte[] changed = bytes.clone();
    for (int i = 0; i < values.length; i++) {
      changed[at + i] = (byte) values[i];
    }
    return changed;
  }

  static int find(byte[] bytes, String what) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(what);
  }

  /** A PNG chunk with a right CRC. */
  static byte[] chunk(String type, byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(ascii(type));
    crc.update(data);
    return ByteBuffer.allocate(12 + data.length)
        .putInt(data.length)
        .put(ascii(type))
        .put(data)
        .putInt((int) crc.getValue())
        .array();
  }

  /** The PNG with a chunk behind its header. */
  static byte[] with(byte[] chunk, byte[] png) {
    return insert(png, 33, chunk);
  }

  /** A JPEG segment. */
  static byte[] segment(int marker, byte[] data) {
    return ByteBuffer.allocate(4 + data.length)
        .put((byte) 0xff)
        .put((byte) marker)
        .putShort((short) (2 + data.length))
        .put(data)
        .array();
  }

  /** A greyscale PNG that claims one size and carries {@code rows} rows of it. */
  static byte[] png(int width, int height, int depth, int rows) {
    byte[] header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth).array();
    byte[] data = new byte[rows * (1 + (width * depth + 7) / 8)];
    return join(
        ascii("\u0089PNG\r\n\u001a\n"),
        chunk("IHDR", header),
        chunk("IDAT", deflate(data)),
        chunk("IEND", new byte[0]));
  }

  static byte[] deflate(byte[] data) {
    try (Deflater deflater = new Deflater()) {
      deflater.setInput(data);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    }
  }

  /** An MP4 with one track per handler. */
  static byte[] mp4(String brand, String... handlers) {
    byte[][] tracks = new byte[handlers.length][];
    for (int i = 0; i < handlers.length; i++) {
      byte[] handler = join(new byte[8], ascii(handlers[i]), new byte[13]);
      tracks[i] = box("trak", box("tkhd", new byte[84]), box("mdia", box("hdlr", handler)));
    }
    return join(
        box("ftyp", ascii(brand), new byte[4], ascii(brand)),
        box("mdat", new byte[64]),
        box("moov", join(box("mvhd", new byte[100]), join(tracks))));
  }

  static byte[] box(String type, byte[]... content) {
    byte[] data = join(content);
    return ByteBuffer.allocate(8 + data.length)
        .putInt(8 + data.length)
        .put(ascii(type))
        .put(data)
        .array();
  }
}
