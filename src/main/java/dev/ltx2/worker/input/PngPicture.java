package dev.ltx2.worker.input;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG's chunks. Only those that carry pixels are kept: a text chunk of 50 KB may inflate to 50
 * MB.
 */
final class PngPicture {
  private static final int SIGNATURE = 8;

  /** Length, type and CRC around a chunk's data. */
  private static final int FRAME = 12;

  private static final int HEADER = 13;
  private static final int BUFFER = 64 * 1024;

  /** First column and row, steps to the right and down. */
  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final Set<String> KEPT = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

  private PngPicture() {}

  static Picture read(ByteBuffer file) throws Fault {
    List<ByteBuffer> parts = new ArrayList<>();
    parts.add(file.slice(0, SIGNATURE));
    int orientation = 1;
    boolean pixels = false;
    String type = "";
    for (int at = SIGNATURE; !type.equals("IEND"); ) {
      if (file.limit() - at < FRAME) {
        throw Fault.lasting(Picture.TRUNCATED);
      }
      int length = file.getInt(at);
      type = Picture.fourcc(file, at + 4);
      if (length < 0 || (at == SIGNATURE) != (type.equals("IHDR") && length == HEADER)) {
        throw Fault.lasting(Picture.BROKEN);
      }
      if (length > file.limit() - at - FRAME) {
        throw Fault.lasting(Picture.TRUNCATED);
      }
      if (type.equals("acTL")) {
        throw Fault.lasting("the picture is an animated PNG; send a still picture");
      }
      if (type.equals("eXIf")) {
        orientation = Picture.orientation(file.slice(at + 8, length));
      }
      if (KEPT.contains(type)) {
        parts.add(file.slice(at, FRAME + length));
      }
      pixels |= type.equals("IDAT");
      at += FRAME + length;
    }
    if (!pixels) {
      throw Fault.lasting(Picture.BROKEN);
    }
    int data = SIGNATURE + 8;
    return new Picture(
        side(file.getInt(data)),
        side(file.getInt(data + 4)),
        orientation,
        file.get(data + 8) <= 8,
        parts);
  }

  /**
   * Inflates the pixels, without keeping them: FFmpeg takes a stream that ends after half of the
   * rows, and leaves the others black. The chunks' checksums are its own business.
   */
  static void checkPixels(List<ByteBuffer> parts) throws Fault {
    ByteBuffer header = parts.get(1);
    long missing = size(header.slice(8, HEADER));
    byte[] buffer = new byte[BUFFER];
    try (Inflater inflater = new Inflater()) {
      for (ByteBuffer chunk : parts) {
        if (chunk.limit() > FRAME && Picture.fourcc(chunk, 4).equals("IDAT")) {
          inflater.setInput(chunk.slice(8, chunk.limit() - FRAME));
          for (int n = 1; n > 0 && missing > 0; missing -= n) {
            n = inflater.inflate(buffer);
          }
        }
      }
    } catch (DataFormatException e) {
      throw Fault.lasting(Picture.UNDECODABLE);
    }
    if (missing > 0) {
      throw Fault.lasting(Picture.TRUNCATED);
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
