package dev.ltx2.worker.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A WebP's chunks, as in Google's container specification. */
final class WebpPicture {
  private static final int HEADER = 12;
  private static final int ANIMATED = 0x02;
  private static final int ALPHA = 0x10;
  private static final int VP8L_SIGNATURE = 0x2f;

  /** The three bytes before a lossy key frame's size. */
  private static final int VP8_START = 0x2a019d;

  private final ByteBuffer file;
  private final List<ByteBuffer> parts = new ArrayList<>();
  private int orientation = 1;
  private Size canvas;
  private Size pixels;

  private record Size(int width, int height) {}

  private WebpPicture(ByteBuffer file) {
    this.file = file;
  }

  static Picture read(ByteBuffer file) throws Fault {
    return new WebpPicture(file.duplicate().order(ByteOrder.LITTLE_ENDIAN)).read();
  }

  private Picture read() throws Fault {
    if (file.limit() < HEADER + 8) {
      throw Fault.lasting(Picture.TRUNCATED);
    }
    long end = 8 + Integer.toUnsignedLong(file.getInt(4));
    if (end > file.limit()) {
      throw Fault.lasting(Picture.TRUNCATED);
    }
    for (int at = HEADER; at + 8 <= end; ) {
      long size = Integer.toUnsignedLong(file.getInt(at + 4));
      long next = at + 8 + size + (size & 1);
      if (next > end) {
        throw Fault.lasting(Picture.TRUNCATED);
      }
      ByteBuffer chunk = file.slice(at, (int) next - at).order(ByteOrder.LITTLE_ENDIAN);
      if (size >= 10) {
        chunk(chunk);
      }
      at = (int) next;
    }
    if (pixels == null || (canvas != null && !canvas.equals(pixels))) {
      throw Fault.lasting(Picture.BROKEN);
    }
    int size = 4 + parts.stream().mapToInt(ByteBuffer::remaining).sum();
    parts.addFirst(
        ByteBuffer.allocate(HEADER)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("RIFF".getBytes(StandardCharsets.US_ASCII))
            .putInt(size)
            .put("WEBP".getBytes(StandardCharsets.US_ASCII))
            .flip());
    return new Picture(pixels.width, pixels.height, orientation, true, parts);
  }

  private void chunk(ByteBuffer chunk) throws Fault {
    switch (Picture.fourcc(chunk, 0)) {
      case "VP8X" -> extended(chunk);
      case "VP8 " -> {
        if ((chunk.getInt(10) >>> 8) != VP8_START) {
          throw Fault.lasting(Picture.BROKEN);
        }
        picture(chunk, chunk.getShort(14) & 0x3fff, chunk.getShort(16) & 0x3fff);
      }
      case "VP8L" -> {
        if (chunk.get(8) != VP8L_SIGNATURE) {
          throw Fault.lasting(Picture.BROKEN);
        }
        int bits = chunk.getInt(9);
        picture(chunk, (bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1);
      }
      case "ALPH" -> parts.add(chunk);
      case "EXIF" -> {
        int start = Picture.fourcc(chunk, 8).equals("Exif") ? 14 : 8;
        orientation = Picture.orientation(chunk.slice(start, chunk.limit() - start));
      }
      default -> {
        // Colour profiles, XMP and what is not known: not kept.
      }
    }
  }

  /** The features header, without those features that are not kept. */
  private void extended(ByteBuffer chunk) throws Fault {
    int flags = chunk.get(8);
    if ((flags & ANIMATED) != 0) {
      throw Fault.lasting("the picture is an animated WebP; send a still picture");
    }
    canvas = new Size((chunk.getInt(12) & 0xffffff) + 1, (chunk.getInt(14) >>> 8) + 1);
    ByteBuffer kept = ByteBuffer.allocate(chunk.limit()).put(chunk).flip();
    parts.add(kept.put(8, (byte) (flags & ALPHA)));
  }

  private void picture(ByteBuffer chunk, int width, int height) throws Fault {
    if (pixels != null) {
      throw Fault.lasting(Picture.BROKEN);
    }
    pixels = new Size(width, height);
    parts.add(chunk);
  }
}
