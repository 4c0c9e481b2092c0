package dev.ltx2.worker.input;

import java.nio.ByteBuffer;

/**
 * A JPEG's segments from SOI to the first EOI. Phones put further images behind it, which ComfyUI
 * would load as a batch.
 */
final class JpegStructure {
  private static final int SOF0 = 0xc0;
  private static final int SOF2 = 0xc2;
  private static final int DHT = 0xc4;
  private static final int SOF15 = 0xcf;
  private static final int RST0 = 0xd0;
  private static final int RST7 = 0xd7;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP1 = 0xe1;
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /** Progressive images have about ten; each one costs a pass over all pixels, however short. */
  private static final int MAX_SCANS = 500;

  /** 20 passes over 100 megapixels; 95 of them took 11 s, however few bytes each had. */
  private static final long MAX_SCANNED = 2_000_000_000;

  /** All tables of 500 scans have about 50 KB; one of 18 bytes costs as much time as a long one. */
  private static final int MAX_TABLES = 1 << 20;

  private final ByteBuffer file;
  private final Ranges kept = new Ranges();
  private int orientation = 1;
  private int frame;
  private int scans;
  private long tables;

  private JpegStructure(ByteBuffer file) {
    this.file = file;
  }

  static ImageStructure read(ByteBuffer file) throws FetchException {
    return new JpegStructure(file).read();
  }

  private ImageStructure read() throws FetchException {
    kept.keep(0, 2);
    int marker = 0;
    for (int at = 2; marker != EOI; ) {
      at = marker(at);
      marker = byteAt(at + 1);
      kept.segment();
      int next = marker == EOI ? at + 2 : segment(at, marker);
      if (!dropped(marker)) {
        kept.keep(at, next);
        tables += marker == SOS ? 0 : next - at;
      }
      at = next;
    }
    if (frame == 0 || scans == 0) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    int components = byteAt(frame + 9);
    int width = Short.toUnsignedInt(file.getShort(frame + 7));
    int height = Short.toUnsignedInt(file.getShort(frame + 5));
    checkWork((long) width * height);
    return new ImageStructure(
        width,
        height,
        orientation,
        components == 1 || components == 3,
        ImageStructure.NO_HEAD,
        kept);
  }

  private void checkWork(long pixels) throws FetchException {
    if (tables > MAX_TABLES) {
      throw FetchException.permanent("the image has more than 1 MB of tables");
    }
    // An image beyond 100 megapixels is refused for that.
    if (scans > 1 && Math.min(pixels, 100_000_000) * scans > MAX_SCANNED) {
      throw FetchException.permanent(
          "the image has %d scans of %d megapixels; save it as a baseline one"
              .formatted(scans, pixels / 1_000_000));
    }
  }

  /** JFIF and Adobe say how to read the colours; all other application data is not image. */
  private static boolean dropped(int marker) {
    return marker == COM || (marker > APP0 && marker <= APP15 && marker != APP14);
  }

  /** Where the marker that must come at {@code at} is, behind the fill bytes before it. */
  private int marker(int at) throws FetchException {
    for (int i = at; i + 1 < file.limit(); i++) {
      if (byteAt(i) != 0xff || byteAt(i + 1) == 0) {
        throw FetchException.permanent(ImageStructure.BROKEN);
      }
      if (byteAt(i + 1) != 0xff) {
        return i;
      }
    }
    throw FetchException.permanent(ImageStructure.TRUNCATED);
  }

  /** Looks at the segment at {@code at}; where the next one starts. */
  private int segment(int at, int marker) throws FetchException {
    int length = length(at);
    int next = at + 2 + length;
    if (marker == APP1 && length > 16 && ImageStructure.has(file, at + 4, "Exif")) {
      orientation = ImageStructure.orientation(file.slice(at + 10, length - 8));
    } else if (marker >= SOF0 && marker <= SOF15 && marker != DHT) {
      frame(at, marker, length);
    } else if (marker == SOS) {
      if (++scans > MAX_SCANS) {
        throw FetchException.permanent("the image has more than " + MAX_SCANS + " scans");
      }
      return entropy(next);
    }
    return next;
  }

  /** What the segment at {@code at} says it has behind its marker, which is there. */
  private int length(int at) throws FetchException {
    if (at + 4 > file.limit()) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    int length = Short.toUnsignedInt(file.getShort(at + 2));
    if (length < 2) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    if (at + 2 + length > file.limit()) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
    return length;
  }

  private void frame(int at, int marker, int length) throws FetchException {
    if (frame != 0 || length < 11) {
      throw FetchException.permanent(ImageStructure.BROKEN);
    }
    if (marker > SOF2 || byteAt(at + 4) != 8) {
      throw FetchException.permanent(
          "the image is an arithmetic-coded, lossless or 12-bit JPEG; save it as a baseline one");
    }
    frame = at;
  }

  /** Where the coded data from {@code at} on end: at a marker that is not part of them. */
  private int entropy(int at) throws FetchException {
    for (int i = at; i + 1 < file.limit(); i++) {
      if (file.get(i) == (byte) 0xff) {
        int next = byteAt(i + 1);
        if (next != 0 && next != 0xff && (next < RST0 || next > RST7)) {
          return i;
        }
      }
    }
    throw FetchException.permanent(ImageStructure.TRUNCATED);
  }

  private int byteAt(int at) {
    return file.get(at) & 0xff;
  }
}
