package dev.ltx2.worker.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an image's own structure says, read without decoding it.
 *
 * @param width pixels, as stored
 * @param height pixels, as stored
 * @param orientation EXIF's, 1 to 8: how to turn what is stored
 * @param plain whether it has 8-bit grey, RGB or palette pixels, which need no conversion
 * @param head what stands before the kept parts in place of what stood there
 * @param kept the file without what is not image: metadata (which may hold bombs, other images,
 *     places and prompts) and whatever stands behind the end
 */
record ImageStructure(
    int width, int height, int orientation, boolean plain, ByteBuffer head, Ranges kept) {
  static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0);
  static final String TRUNCATED = "the image is cut short";
  static final String BROKEN = "the image is broken";
  static final String UNDECODABLE = "the image cannot be decoded";
  private static final int MAX_SIDE = 32_768;
  private static final long MAX_PIXELS = 100_000_000;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  /** Reads the structure of a JPEG, PNG or WebP. */
  static ImageStructure read(FileType type, ByteBuffer file) throws FetchException {
    ImageStructure image =
        switch (type) {
          case JPEG -> JpegStructure.read(file);
          case PNG -> PngStructure.read(file);
          case WEBP -> WebpStructure.read(file);
          default -> throw new IllegalArgumentException(type.name());
        };
    long width = image.width;
    long height = image.height;
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
      throw FetchException.permanent(
          "the image is %dx%d pixels; each side must be 1 to 32768".formatted(width, height));
    }
    if (width * height > MAX_PIXELS) {
      throw FetchException.permanent(
          "the image is %dx%d pixels; at most 100 megapixels are accepted"
              .formatted(width, height));
    }
    if (type == FileType.PNG) {
      PngStructure.checkPixels(file);
    }
    return image;
  }

  long pixels() {
    return (long) width * height;
  }

  /** Whether these four letters stand at {@code at}. */
  static boolean has(ByteBuffer file, int at, String letters) {
    for (int i = 0; i < 4; i++) {
      if (file.get(at + i) != (byte) letters.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The orientation in a TIFF header with its first directory; 1 where it has none or lies. */
  static int orientation(ByteBuffer exif) {
    ByteBuffer tiff = exif.slice();
    if (tiff.limit() < 8) {
      return 1;
    }
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = Integer.toUnsignedLong(tiff.getInt(4));
    if (tiff.getShort(2) != 42 || directory > tiff.limit() - 2) {
      return 1;
    }
    int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
    return orientation(tiff, (int) directory + 2, entries);
  }

  private static int orientation(ByteBuffer tiff, int start, int entries) {
    int at = start;
    for (int i = 0; i < entries && at + 12 <= tiff.limit(); i++, at += 12) {
      if (tiff.getShort(at) == ORIENTATION && tiff.getShort(at + 2) == SHORT) {
        int value = tiff.getShort(at + 8);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }
}
