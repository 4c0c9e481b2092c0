package dev.ltx2.worker.input;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG's chunks. Only those that carry pixels are kept: a text chunk of 50 KB may inflate to 50
 * MB.
 */
final class PngStructure {
  private static final int SIGNATURE = 8;

  /** Length, type and CRC around a chunk's data. */
  private static final int FRAME = 12;

  private static final int HEADER = 13;

  /** 100 megapixels of 8-bit RGBA and the filters of their rows: 2.4 s to check and decode. */
  private static final long MAX_UNPACKED = 410_000_000;

  /** With 16 bits or interlaced, as much takes 3 s and more. */
  private static final long MAX_COSTLY = 310_000_000;

  private static final int BUFFER = 64 * 1024;

  /** First column and row, steps to the right and down. */
  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final String[] KEPT = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};

  private PngStructure() {}

  static ImageStructure read(ByteBuffer file) throws FetchException {
    Ranges kept = new Ranges();
    kept.keep(0, SIGNATURE);
    int orientation = 1;
    boolean pixels = false;
    boolean end = false;
    for (int at = SIGNATURE; !end; ) {
      int next = next(file, at);
      kept.segment();
      if ((at == SIGNATURE) != isHeader(file, at)) {
        throw FetchException.permanent(ImageStructure.BROKEN);
      }
      if (is(file, at, "acTL")) {
        throw FetchException.permanent("the image is an animated PNG; send a still image");
      }
      if (is(file, at, "eXIf")) {
        orientation = ImageStructure.orientation(file.slice(at + 8, next - at - FRAME));
      }
      if (kept(file, at)) {
        kept.keep(at, next);
      }
      pixels |= is(file, at, "IDAT");
      end = is(file, at, "IEND");
      at = next;
    }
    if (!pixels) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    int data = SIGNATURE + 8;
    return new ImageStructure(
        side(file.getInt(data)),
        side(file.getInt(data + 4)),
        orientation,
        file.get(data + 8) <= 8,
        ImageStructure.NO_HEAD,
        kept);
  }

  /** Where the chunk at {@code at} ends. */
  private static int next(ByteBuffer file, int at) throws FetchException {
    if (file.limit() - at < FRAME) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    int length = file.getInt(at);
    if (length < 0) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    if (length > file.limit() - at - FRAME) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    return at + FRAME + length;
  }

  private static boolean isHeader(ByteBuffer file, int at) {
    return is(file, at, "IHDR") && file.getInt(at) == HEADER;
  }

  private static boolean is(ByteBuffer file, int at, String type) {
    return ImageStructure.has(file, at + 4, type);
  }

  private static boolean kept(ByteBuffer file, int at) {
    for (String type : KEPT) {
      if (is(file, at, type)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Inflates the pixels, without keeping them: FFmpeg takes a stream that ends after half of the
   * rows, and leaves the others black. The chunks' checksums are its own business.
   */
  static void checkPixels(ByteBuffer file) throws FetchException {
    ByteBuffer header = file.slice(SIGNATURE + 8, HEADER);
    long size = size(header);
    boolean costly = header.get(8) > 8 || header.get(12) != 0;
    long most = costly ? MAX_COSTLY : MAX_UNPACKED;
    if (size > most) {
      throw FetchException.permanent(
          "the image's pixels are %d MB unpacked; at most %d MB are accepted, %d MB with 16 bits or interlaced"
              .formatted(size / 1_000_000, MAX_UNPACKED / 1_000_000, MAX_COSTLY / 1_000_000));
    }
    if (!unpacksTo(file, size)) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
  }

  private static boolean unpacksTo(ByteBuffer file, long size) throws FetchException {
    byte[] buffer = new byte[BUFFER];
    ByteBuffer data = file.duplicate();
    long missing = size;
    try (Inflater inflater = new Inflater()) {
      for (int at = SIGNATURE; missing > 0 && !is(file, at, "IEND"); at = next(file, at)) {
        if (is(file, at, "IDAT")) {
          inflater.setInput(data.limit(at + 8 + file.getInt(at)).position(at + 8));
          for (int n = 1; n > 0 && missing > 0; missing -= n) {
            n = inflater.inflate(buffer);
          }
          data.clear();
        }
      }
      return missing <= 0;
    } catch (DataFormatException e) {
      throw FetchException.permanent(ImageStructure.UNDECODABLE);
    }
  }

  /** The bytes of all rows, each with its filter; interlaced, they come in seven passes. */
  private static long size(ByteBuffer header) {
    int channels = new int[] {1, 1, 3, 1, 2, 1, 4}[Math.min(header.get(9) & 0xff, 6)];
    long bits = (long) header.get(8) * channels;
    long size = 0;
    for (int[] pass : header.get(12) == 0 ? ONE_PASS : ADAM7) {
      long columns = Math.ceilDiv(header.getInt(0) - pass[0], pass[2]);
      long rows = Math.ceilDiv(header.getInt(4) - pass[1], pass[3]);
      size += columns == 0 ? 0 : rows * (1 + Math.ceilDiv(columns * bits, 8L));
    }
    return size;
  }

  /** Sides beyond 31 bits are absurd either way. */
  private static int side(int value) {
    return value < 0 ? Integer.MAX_VALUE : value;
  }
}
