package dev.ltx2.worker.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A WebP's chunks, as in Google's container specification. */
final class WebpStructure {
  private static final int HEADER = 12;
  private static final int EXTENDED = 18;
  private static final int ANIMATED = 0x02;
  private static final int ALPHA = 0x10;
  private static final int VP8L_SIGNATURE = 0x2f;

  /** The three bytes before a lossy key frame's size. */
  private static final int VP8_START = 0x2a019d;

  private final ByteBuffer file;
  private final Ranges kept = new Ranges();
  private int orientation = 1;
  private @Nullable Sides canvas;
  private int features;
  private @Nullable Sides pixels;

  private record Sides(int width, int height) {}

  private WebpStructure(ByteBuffer file) {
    this.file = file;
  }

  static ImageStructure read(ByteBuffer file) throws FetchException {
    return new WebpStructure(file.duplicate().order(ByteOrder.LITTLE_ENDIAN)).read();
  }

  private ImageStructure read() throws FetchException {
    if (file.limit() < HEADER + 8) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    long end = 8 + Integer.toUnsignedLong(file.getInt(4));
    if (end > file.limit()) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    for (int at = HEADER; at + 8 <= end; ) {
      long size = Integer.toUnsignedLong(file.getInt(at + 4));
      long next = at + 8 + size + (size & 1);
      if (next > end) {
        throw FetchException.permanent(ImageStructure.TRUNCATED);
      }
      kept.segment();
      if (size >= 10) {
        chunk(at, (int) next);
      }
      at = (int) next;
    }
    if (pixels == null || (canvas != null && !canvas.equals(pixels))) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    return new ImageStructure(pixels.width, pixels.height, orientation, true, head(), kept);
  }

  private void chunk(int at, int next) throws FetchException {
    if (ImageStructure.has(file, at, "VP8X")) {
      extended(at);
    } else if (ImageStructure.has(file, at, "VP8 ")) {
      if ((file.getInt(at + 10) >>> 8) != VP8_START) {
        throw FetchException.permanent(ImageStructure.BROKEN);
      }
      image(at, next, file.getShort(at + 14) & 0x3fff, file.getShort(at + 16) & 0x3fff);
    } else if (ImageStructure.has(file, at, "VP8L")) {
      if (file.get(at + 8) != VP8L_SIGNATURE) {
        throw FetchException.permanent(ImageStructure.BROKEN);
      }
      int bits = file.getInt(at + 9);
      image(at, next, (bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1);
    } else if (ImageStructure.has(file, at, "ALPH")) {
      kept.keep(at, next);
    } else if (ImageStructure.has(file, at, "EXIF")) {
      int start = at + (ImageStructure.has(file, at + 8, "Exif") ? 14 : 8);
      orientation = ImageStructure.orientation(file.slice(start, next - start));
    }
    // Colour profiles, XMP and what is not known: not kept.
  }

  private void extended(int at) throws FetchException {
    features = file.get(at + 8);
    if ((features & ANIMATED) != 0) {
      throw FetchException.permanent("the image is an animated WebP; send a still image");
    }
    canvas = new Sides((file.getInt(at + 12) & 0xffffff) + 1, (file.getInt(at + 14) >>> 8) + 1);
  }

  private void image(int at, int next, int width, int height) throws FetchException {
    if (pixels != null) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    pixels = new Sides(width, height);
    kept.keep(at, next);
  }

  /** The container's header and that of the features, without those that are not kept. */
  private ByteBuffer head() {
    @Nullable Sides canvas = this.canvas;
    ByteBuffer head =
        ByteBuffer.allocate(canvas == null ? HEADER : HEADER + EXTENDED)
            .order(ByteOrder.LITTLE_ENDIAN);
    head.put(ascii("RIFF")).putInt((int) (head.limit() - 8 + kept.bytes())).put(ascii("WEBP"));
    if (canvas != null) {
      head.put(ascii("VP8X")).putInt(EXTENDED - 8).putInt(features & ALPHA);
      head.putShort((short) (canvas.width - 1)).put((byte) ((canvas.width - 1) >> 16));
      head.putShort((short) (canvas.height - 1)).put((byte) ((canvas.height - 1) >> 16));
    }
    return head.flip();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
